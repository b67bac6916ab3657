// Snapshots: the living values of a state feed, with a hash that tells whether all of them arrived (DESIGN §7).

import Contract
import ShopModel

extension Headquarters {
    /// The snapshot of a state feed as it is now, or one under way to another shop from which the kept entries go on;
    /// `nil` when the feed has no living value and never had one.
    func snapshotText(of head: FeedHead) throws -> SnapshotText? {
        if let text = snapshots[head.stream], text.sequence + 1 >= head.oldestKept { return text }
        let entries = try storage.living(of: head.stream)
        var hash = [UInt8](repeating: 0, count: 32)
        for entry in entries { hash = digest.digest(hash + entry) }
        let id = "\(head.stream.feed.rawValue)-\(head.last)"
        let begin = FeedMessage(
            feed: head.stream.feed, scope: head.stream.owner.scope, epoch: epoch,
            body: .begin(
                FeedMessage.SnapshotBegin(snapshot: id, sequence: head.last, count: entries.count, hash: hash)))
        var messages = [begin.json.encoded()]
        var part: [[UInt8]] = []
        var bytes = 0
        var index = 0
        func close() {
            guard !part.isEmpty else { return }
            var text = self.head(head.stream)
            text += #","snapshot":"\#(id)","index":\#(index),"entries":["#.utf8
            append(part, to: &text)
            text += "]}".utf8
            messages.append(text)
            index += part.count
            part.removeAll(keepingCapacity: true)
            bytes = 0
        }
        for entry in entries {
            if bytes + entry.count + 1 > FeedLink.messageBytesMax || part.count == FeedLink.messageEntriesMax {
                close()
            }
            part.append(entry)
            bytes += entry.count + 1
        }
        close()
        let end = FeedMessage(
            feed: head.stream.feed, scope: head.stream.owner.scope, epoch: epoch, body: .end(snapshot: id))
        messages.append(end.json.encoded())
        let text = SnapshotText(sequence: head.last, messages: messages)
        snapshots[head.stream] = text
        return text
    }

    /// Sends the next part of a snapshot.
    func sendSnapshot(_ head: FeedHead, on topic: String, _ flow: inout FeedFlow, _ link: inout FeedLink) throws {
        guard var transfer = flow.snapshot, transfer.endedAt == nil else { return }
        if snapshots[head.stream]?.sequence != transfer.sequence {
            // The text of it is gone: what is there now is sent instead.
            guard let text = try snapshotText(of: head) else { return }
            transfer = FeedFlow.Transfer(sequence: text.sequence)
        }
        guard let text = snapshots[head.stream] else { return }
        if let at = flow.burstAt, transfer.next > 0, now - at < FeedLink.snapshotPauseMilliseconds {
            link.nextTry = min(link.nextTry ?? Instant(milliseconds: .max), at + FeedLink.snapshotPauseMilliseconds)
            return
        }
        let burst = text.messages[transfer.next...].prefix(FeedLink.snapshotBurst)
        for payload in burst { outcome.messages.append(HeadquartersMessage(topic: topic, payload: payload)) }
        transfer.next += burst.count
        flow.burstAt = now
        if transfer.next == text.messages.count {
            transfer.endedAt = now
        } else {
            let next = now + FeedLink.snapshotPauseMilliseconds
            link.nextTry = min(link.nextTry ?? next, next)
        }
        flow.snapshot = transfer
    }

    /// Lets the texts go that no shop needs any more.
    func dropSnapshots() {
        for stream in Array(snapshots.keys) {
            let isNeeded = policy.shops.contains { links[$0.id]?.flows[stream]?.snapshot != nil }
            if !isNeeded { snapshots[stream] = nil }
        }
    }
}
