// The ledger's loop tells every device which devices there are.

import Contract
import EdgeAgent
import MQTT

extension LedgerLoop {
    /// Tells the roll when it changed, at most once a second.
    func tellRoll() {
        guard client.isConnected,
            roll.isDue(
                fleet: ledger.fleetVersion, presences: watch.presenceVersion, at: LoopTime.microseconds() / 1_000)
        else { return }
        let now = ledger.deviceRoll(watch)
        guard now != toldRoll else { return }
        if client.publish(topic: ShopTopics.everyone(.devices), payload: now, isRetained: true) { toldRoll = now }
    }

    /// The broker was reached, or another one: whatever it retains may be old.
    func beginRoll() {
        toldRoll = []
        roll.connected(at: LoopTime.microseconds() / 1_000)
    }
}
