// Who stands at a device: a clerk signed in by badge and PIN, offline too.

import ShopModel

/// A clerk as headquarters' feed `clerks` declares them.
public struct Clerk: Equatable, Sendable {
    /// Who.
    public let id: ClerkID
    /// What the badge says when it is read.
    public let badge: String
    /// The name on the badge.
    public let name: String
    /// What they may do.
    public let roles: [Role]
    /// The PIN, derived: see `PINVerifying`.
    public let pin: String

    /// What a clerk may do.
    public enum Role: String, Sendable, CaseIterable {
        /// Serves customers.
        case clerk
        /// Approves counts and corrections too.
        case manager
    }

    /// A clerk.
    public init(id: ClerkID, badge: String, name: String, roles: [Role], pin: String) {
        self.id = id
        self.badge = badge
        self.name = name
        self.roles = roles
        self.pin = pin
    }
}

/// A clerk's presence at a device, and at a seat of it when one backend serves many.
public struct ClerkSession: Equatable, Sendable {
    /// Where.
    public let device: DeviceID
    /// Which seat of the device; empty when it has one only.
    public let seat: String
    /// Who.
    public let clerk: ClerkID
    /// What they may do.
    public let roles: [Clerk.Role]
    /// The end of the session, exclusive.
    public let until: Instant

    /// How long a session lasts: 12 hours, a long day in the shop.
    public static let millisecondsMax: Int64 = 12 * 3_600_000

    /// A session.
    public init(device: DeviceID, seat: String, clerk: ClerkID, roles: [Clerk.Role], until: Instant) {
        self.device = device
        self.seat = seat
        self.clerk = clerk
        self.roles = roles
        self.until = until
    }
}

/// Wrong PINs of a badge, and when it may be tried again.
public struct SignInAttempts: Equatable, Sendable {
    /// Wrong ones in a row.
    public var wrong: Int
    /// No try before this moment.
    public var lockedUntil: Instant?

    /// Wrong PINs in a row after which a badge is locked.
    public static let wrongMax = 5
    /// How long a badge is locked: 5 minutes.
    public static let lockMilliseconds: Int64 = 5 * 60_000

    /// No wrong PIN yet, or what storage has.
    public init(wrong: Int = 0, lockedUntil: Instant? = nil) {
        self.wrong = wrong
        self.lockedUntil = lockedUntil
    }

    /// Refuses a try while the badge is locked.
    public func check(now: Instant) throws(Refusal) {
        if let lockedUntil, now < lockedUntil { throw Refusal(.clerkLocked, [.instant("until", lockedUntil)]) }
    }

    /// Counts a wrong PIN.
    public mutating func countWrong(now: Instant) {
        wrong += 1
        if wrong >= Self.wrongMax {
            wrong = 0
            lockedUntil = now + Self.lockMilliseconds
        }
    }
}

extension Clerk.Role {
    /// What a person reads for it: “this needs …”.
    public var word: Word {
        switch self {
        case .clerk: Word(rawValue, en: "a clerk", fr: "un vendeur")
        case .manager: Word(rawValue, en: "a manager", fr: "un responsable")
        }
    }
}

extension Refusal.Code {
    /// Badge or PIN are wrong; which of them is not said.
    public static let clerkUnknown = Refusal.Code(
        "clerk.signInWrong", retry: .newId,
        en: "Badge or PIN is wrong. Try again; five wrong PINs lock the badge for five minutes.",
        fr: "Badge ou code PIN incorrect. Réessayez ; cinq codes faux bloquent le badge cinq minutes.")
    /// Too many wrong PINs.
    public static let clerkLocked = Refusal.Code(
        "clerk.locked", retry: .later,
        en: "Too many wrong PINs; this badge can be used again at {until}.",
        fr: "Trop de codes PIN incorrects ; ce badge sera utilisable à {until}.")
    /// The step needs a clerk who is signed in.
    public static let clerkSessionRequired = Refusal.Code(
        "clerk.sessionRequired", retry: .newId,
        en: "This needs a clerk who is signed in at this device. Sign in with badge and PIN, and name the clerk.",
        fr:
            "Cette action demande un vendeur connecté sur cet appareil. Connectez-vous par badge et code PIN, et nommez le vendeur."
    )
    /// Somebody else signed in at the same place since, which ended the session.
    public static let clerkReplaced = Refusal.Code(
        "clerk.replaced", retry: .newId,
        en:
            "Another clerk is signed in at this place of the device now, which ended your session. Sign in again with badge and PIN.",
        fr:
            "Un autre vendeur est maintenant connecté à cette place de l'appareil, ce qui a mis fin à votre session. Reconnectez-vous par badge et code PIN."
    )
    /// The clerk may not do this.
    public static let clerkRoleRequired = Refusal.Code(
        "clerk.roleRequired", retry: .newId,
        en: "This needs {role}: let them sign in here with badge and PIN.",
        fr: "Cette action demande {role}, qui doit se connecter ici par badge et code PIN.")
    /// No clerks were ever heard of.
    public static let clerksNotFed = Refusal.Code(
        "clerk.notFed", retry: .later,
        en: "Headquarters has not told this shop its clerks yet. Check the line to headquarters.",
        fr: "Le siège n'a pas encore transmis les vendeurs de ce magasin. Vérifiez la liaison avec le siège.")

    /// All refusals of clerks.
    public static let clerkCodes: [Refusal.Code] = [
        clerkUnknown, clerkLocked, clerkSessionRequired, clerkReplaced, clerkRoleRequired, clerksNotFed,
    ]
}
