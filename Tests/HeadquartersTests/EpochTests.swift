// A restored headquarters tells how its log feeds go on.

import Contract
import Headquarters
import ShopModel
import Testing

@Suite("A new epoch")
struct EpochTests {
    private func entry(_ house: House, _ units: Int) throws {
        try house.perform(.stockDelta("P1", "A-1", units: units, cause: "opening", share: 0))
    }

    private func follows(_ outcome: HeadquartersOutcome, _ feed: Feed = .stock) throws -> [FeedMessage.Ancestor]? {
        for part in try outcome.feeds(feed) {
            if case .follows(let ancestors) = part.message.body { return ancestors }
        }
        return nil
    }

    @Test("of a log feed says which epoch it follows and up to where, and sends no entry before the shop has said it")
    func introduced() throws {
        let house = try House()
        for _ in 0..<3 { try entry(house, 1) }
        let outcome = try house.tell([(.shop, .stock, 5)])
        #expect(house.headquarters.epoch != "epoch-one")
        #expect(try follows(outcome) == [FeedMessage.Ancestor(epoch: "epoch-one", sequence: 3)])
        #expect(try outcome.sequences(.stock) == [])
        try entry(house, 1)
        let more = try house.tell([(.shop, .stock, 5)], epoch: "epoch-one")
        #expect(try follows(more)?.first?.sequence == 3 && more.sequences(.stock) == [])
        #expect(try house.tell([(.shop, .stock, 3)]).sequences(.stock) == [4])
    }

    @Test("remembers the epochs before, also over the next restores, with what is in common with each")
    func chain() throws {
        let house = try House()
        for _ in 0..<3 { try entry(house, 1) }
        _ = try house.tell([(.shop, .stock, 9)])
        try entry(house, 1)
        _ = try house.headquarters.beginEpoch(now: house.now)
        try house.perform(.customerErase(CustomerID(written: "C-1"), request: "R"))
        let outcome = try house.tell([(.shop, .stock, 9), (.shop, .erasures, 2)], epoch: "epoch-one")
        #expect(
            try follows(outcome)?.map { "\($0.epoch) \($0.sequence)" }.last == "epoch-one 3"
                && follows(outcome)?.map(\.sequence) == [4, 3])
        // What began in this epoch has nothing in common with those before.
        #expect(try follows(outcome, .erasures)?.allSatisfy { $0.sequence == 0 } == true)
    }

    @Test("begins once for an epoch that nobody here knows, and follows nothing of it")
    func strangers() throws {
        let house = try House()
        try entry(house, 1)
        let first = try house.tell([(.shop, .stock, 7)], epoch: "elsewhere")
        let epoch = house.headquarters.epoch
        #expect(epoch != "epoch-one")
        #expect(try follows(first)?.map(\.epoch) == ["epoch-one"])
        _ = try house.tell([(.shop, .stock, 7)], epoch: "elsewhere")
        #expect(house.headquarters.epoch == epoch)
    }
}
