// Clerks sign in by badge and PIN, with the line down too.

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// `clerk.signIn`: opens the session of this device's seat; whoever was there before is signed out.
    func signIn(_ payload: ClerkSignIn, _ asker: Asker, in turn: Turn) throws -> JSON {
        var attempts = try storage.attempts(badge: payload.badge)
        try attempts.check(now: turn.now)
        let clerks = try clerks()
        guard !clerks.isEmpty else { throw Refusal(.clerksNotFed) }
        guard let clerk = clerks.first(where: { $0.badge == payload.badge }),
            ports.pins.verify(pin: payload.pin, derived: clerk.pin)
        else {
            attempts.countWrong(now: turn.now)
            // A refusal leaves nothing behind, but a wrong PIN must count.
            turn.afterRefusal = { [storage, attempts] () throws(StorageFailure) in
                try storage.setAttempts(badge: payload.badge, attempts)
            }
            throw Refusal(.clerkUnknown)
        }
        try storage.setAttempts(badge: payload.badge, SignInAttempts())
        let session = ClerkSession(
            device: asker.device, seat: asker.envelope.seat ?? "", clerk: clerk.id, roles: clerk.roles,
            until: turn.now + ClerkSession.millisecondsMax)
        try storage.setSession(device: session.device, seat: session.seat, session)
        turn.changedAnything = true
        return ClerkResult(
            clerk: clerk.id, name: clerk.name, roles: clerk.roles.map(\.rawValue), until: session.until
        ).json
    }

    /// `clerk.signOut`: ends the session of this seat; nobody there is fine too.
    func signOut(_ asker: Asker, in turn: Turn) throws -> JSON {
        try storage.setSession(device: asker.device, seat: asker.envelope.seat ?? "", nil)
        turn.changedAnything = true
        return .object([])
    }

    /// The clerks as fed: the shop's own list, and those of its groups.
    private func clerks() throws -> [Clerk] {
        var clerks: [Clerk] = []
        for scope in profile.scopes {
            for value in try storage.fedAll("clerks", scope: scope) {
                if let clerk = Self.clerk(value.key, value.value) { clerks.append(clerk) }
            }
        }
        return clerks
    }

    /// A clerk as fed now; the shop's own record before a group's.
    func fedClerk(_ id: ClerkID) throws(StorageFailure) -> Clerk? {
        for scope in profile.scopes {
            guard let value = try storage.fed("clerks", scope: scope, key: id.value) else { continue }
            return Self.clerk(id.value, value)
        }
        return nil
    }

    private static func clerk(_ key: String, _ value: [UInt8]) -> Clerk? {
        guard let record = try? ClerkRecord(StateEntry(key: key, stored: value)) else { return nil }
        return Clerk(
            id: record.clerk, badge: record.badge, name: record.name,
            roles: record.roles.compactMap { Clerk.Role(rawValue: $0) }, pin: record.pin)
    }
}
