// What leaves for the shops: new entries as they come, and to each shop what it misses.

import Contract
import ShopModel

extension Headquarters {
    /// Hears where a shop stands.
    func take(_ message: CursorMessage, of shop: ShopID) throws {
        try see(message.incarnation, of: shop, asLiving: true)
        if let instance = message.instance { try hear(instance, message.incarnation, of: shop) }
        try beginEpochIfBehind(message, shop)
        if message.cursors.contains(where: { $0.epoch != nil && $0.epoch != epoch }) {
            outcome.messages.append(epochMessage(for: shop))
        }
        var link = links[shop] ?? FeedLink()
        for owner in owners(of: shop) {
            for head in try storage.heads(of: owner) {
                let cursor = message.cursors.first { $0.scope == owner.scope && $0.feed == head.stream.feed }
                let told = cursor.flatMap { $0.epoch == epoch ? $0.sequence : nil }
                var flow = link.flows[head.stream] ?? FeedFlow(at: told ?? 0)
                hear(told, head, isOfAnotherEpoch: told == nil && cursor?.epoch != nil, &flow)
                link.flows[head.stream] = flow
            }
        }
        links[shop] = link
    }

    private func hear(_ told: Int64?, _ head: FeedHead, isOfAnotherEpoch: Bool, _ flow: inout FeedFlow) {
        if let transfer = flow.snapshot {
            if let told, told >= transfer.sequence {
                flow.snapshot = nil
                flow.goBack(to: told)
                flow.isTold = true
            } else if let endedAt = transfer.endedAt, now - endedAt >= FeedLink.snapshotPatienceMilliseconds {
                // The same snapshot again: the shop goes on where it is.
                flow.snapshot?.next = 0
                flow.snapshot?.endedAt = nil
            }
            return
        }
        guard let told else {
            if head.stream.feed.isState {
                flow.goBack(to: -1)
                flow.isTold = true
            } else if isOfAnotherEpoch {
                // Entries wait until the shop has told where it stands in this epoch.
                flow.goBack(to: -1)
                flow.isTold = true
                flow.introducesEpoch = true
            } else {
                hear(0, head, isOfAnotherEpoch: false, &flow)
            }
            return
        }
        if !flow.isTold || told < flow.told {
            flow.goBack(to: told)
        } else if told == flow.told, !flow.flights.isEmpty {
            // It may just not have come there yet; if nothing more is heard, it did not.
            if flow.suspectedAt == nil { flow.suspectedAt = now }
        } else {
            flow.hears(told)
        }
        flow.isTold = true
    }

    /// The owners whose feeds a shop follows, in a fixed order.
    func owners(of shop: ShopID) -> [FeedOwner] {
        [.shop(shop)] + (policy.shop(shop)?.groups.sorted() ?? []).map(FeedOwner.group)
    }

    /// Sends what may leave now.
    func pump() throws {
        var groups: [GroupID] = []
        for shop in policy.shops {
            for group in shop.groups where !groups.contains(group) { groups.append(group) }
        }
        for shop in policy.shops {
            for owner in owners(of: shop.id) {
                for head in try storage.heads(of: owner) where links[shop.id]?.flows[head.stream] == nil {
                    // A shop that has not told where it stands yet is supposed to have what was there before.
                    links[shop.id, default: FeedLink()].flows[head.stream] =
                        FeedFlow(at: grown[head.stream] ?? head.last)
                }
            }
        }
        for group in groups.sorted() { try publish(to: group) }
        for shop in policy.shops {
            guard var link = links[shop.id] else { continue }
            link.nextTry = nil
            for owner in owners(of: shop.id) {
                for head in try storage.heads(of: owner) {
                    guard var flow = link.flows[head.stream] else { continue }
                    try send(head, to: shop.id, &flow, &link)
                    link.flows[head.stream] = flow
                }
            }
            links[shop.id] = link
        }
        dropSnapshots()
    }

    /// Publishes new entries once for all shops of a group that stand where its topic stands.
    private func publish(to group: GroupID) throws {
        let members = policy.shops.filter { $0.groups.contains(group) }.map(\.id)
        for head in try storage.heads(of: .group(group)) {
            let stream = head.stream
            var at = groupSent[stream] ?? grown[stream] ?? head.last
            while at < head.last {
                let ready = members.filter { member in
                    guard let flow = links[member]?.flows[stream] else { return false }
                    return flow.snapshot == nil && flow.sent == at && flow.hasRoom
                }
                guard !ready.isEmpty else { break }
                let part = try storage.entries(
                    of: stream, after: at, bytesMax: FeedLink.messageBytesMax, limit: FeedLink.messageEntriesMax)
                guard !part.isEmpty else { break }
                outcome.messages.append(
                    HeadquartersMessage(
                        topic: stream.owner.topic(stream.feed), payload: entriesText(stream, first: at + 1, part)))
                at += Int64(part.count)
                for member in ready {
                    links[member]?.flows[stream]?.sent = at
                    links[member]?.flows[stream]?.flights.append(at)
                }
            }
            // Whoever could not keep up gets the rest on its own topic.
            groupSent[stream] = head.last
        }
    }

    private func send(_ head: FeedHead, to shop: ShopID, _ flow: inout FeedFlow, _ link: inout FeedLink) throws {
        let topic = HeadquartersTopic.feed(shop, head.stream.feed).description
        if flow.snapshot == nil, head.stream.feed.isState, flow.isTold,
            flow.sent < 0 || (flow.sent < head.last && flow.sent + 1 < head.oldestKept)
        {
            guard let text = try snapshotText(of: head) else { return }
            flow.snapshot = FeedFlow.Transfer(sequence: text.sequence)
        }
        if flow.snapshot != nil {
            try sendSnapshot(head, on: topic, &flow, &link)
            return
        }
        if flow.introducesEpoch {
            flow.introducesEpoch = false
            outcome.messages.append(HeadquartersMessage(topic: topic, payload: try introduction(of: head.stream)))
        }
        if let suspectedAt = flow.suspectedAt {
            let due = suspectedAt + FeedLink.resendPauseMilliseconds
            if now >= due { flow.goBack(to: flow.told) } else { link.nextTry = min(link.nextTry ?? due, due) }
        }
        while flow.hasRoom, flow.sent >= 0, flow.sent < head.last {
            let part = try storage.entries(
                of: head.stream, after: flow.sent, bytesMax: FeedLink.messageBytesMax,
                limit: FeedLink.messageEntriesMax)
            guard !part.isEmpty else { return }
            outcome.messages.append(
                HeadquartersMessage(topic: topic, payload: entriesText(head.stream, first: flow.sent + 1, part)))
            flow.sent += Int64(part.count)
            flow.flights.append(flow.sent)
        }
    }

    /// Entries as a message; their bytes are those that were stored.
    private func entriesText(_ stream: FeedStream, first: Int64, _ entries: [[UInt8]]) -> [UInt8] {
        var text = head(stream)
        text += #","first":\#(first),"entries":["#.utf8
        append(entries, to: &text)
        text += "]}".utf8
        return text
    }

    func head(_ stream: FeedStream) -> [UInt8] {
        var text = Array(#"{"feed":"\#(stream.feed.rawValue)""#.utf8)
        if case .group(let group) = stream.owner { text += #","scope":"group/\#(group)""#.utf8 }
        text += #","epoch":"#.utf8
        JSON.string(epoch).append(to: &text)
        return text
    }

    func append(_ entries: [[UInt8]], to text: inout [UInt8]) {
        for index in entries.indices {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += entries[index]
        }
    }
}
