// What people changed by the control socket, on a simulated disk.

import EdgeAgent
import ShopModel

/// Acts by number, by target and by their moment.
struct ActIndexes: RowIndexes {
    var all = SortedElements<Int64>()
    var ofTarget = SortedGroups<ByteText, Int64>()
    var oldest = SortedElements<Ranked<Int64>>()

    mutating func insert(_ act: OperatorAct) {
        all.insert(act.number)
        ofTarget.insert(act.number, in: ByteText(act.target))
        oldest.insert(Ranked(act.at.milliseconds, act.number))
    }

    mutating func remove(_ act: OperatorAct) {
        all.remove(act.number)
        ofTarget.remove(act.number, from: ByteText(act.target))
        oldest.remove(Ranked(act.at.milliseconds, act.number))
    }
}

extension SimulatedLedger {
    /// Stores an act; returns the number given.
    public func append(_ act: OperatorAct) throws(StorageFailure) -> Int64 {
        try checkWriting()
        var act = act
        act.number = next(.acts)
        acts[act.number] = act
        return act.number
    }

    /// The act of a number.
    public func act(_ number: Int64) throws(StorageFailure) -> OperatorAct? {
        try checkWorking()
        return acts[number]
    }

    /// The latest acts about a target, newest first.
    public func acts(about target: String, limit: Int) throws(StorageFailure) -> [OperatorAct] {
        try checkWorking()
        let numbers = acts.indexes.ofTarget[ByteText(target)].elements
        return numbers.suffix(max(0, limit)).reversed().compactMap { acts[$0] }
    }

    /// Acts behind a number, oldest first.
    public func acts(afterNumber: Int64, limit: Int) throws(StorageFailure) -> [OperatorAct] {
        try checkWorking()
        return acts.indexes.all.after(afterNumber).prefix(max(0, limit)).compactMap { acts[$0] }
    }

    /// Removes up to `limit` acts older than a moment, the oldest first. Returns how many.
    public func forgetActs(before: Instant, limit: Int) throws(StorageFailure) -> Int {
        try checkWriting()
        let old = Array(acts.indexes.oldest.prefix { $0.rank >= before.milliseconds }.prefix(max(0, limit)))
        for entry in old { acts[entry.name] = nil }
        return old.count
    }
}
