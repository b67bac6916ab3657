// Values that may leave the box: kept where their shape says that they cannot be a person's, named otherwise.

import Contract

extension JSON {
    /// This with every text that is not of an allowed shape replaced by its length, whatever the name it stands under.
    ///
    /// A support archive is made of what is known to be harmless rather than of everything less what is known to be
    /// harmful: a text that nobody thought of stays on the box. Names of members are the agent's own words.
    ///
    /// - Parameter naming: names under which only ids of the agent's own stand, such as a shop's or a SKU: these may
    ///   have any letters and digits.
    /// - Parameter known: what stands under `device` is told as these tell it.
    ///
    /// Verbs are those of the contract: a device may send any word as one.
    func harmless(naming: Set<String> = [], known: KnownNames = KnownNames([])) -> JSON {
        switch self {
        case .string(let text): .string(text.isHarmless ? text : "(\(text.count) characters)")
        case .array(let elements): .array(elements.map { $0.harmless(naming: naming, known: known) })
        case .object(let members):
            .object(
                members.map { member in
                    if member.name == "device", case .string(let name) = member.value {
                        return Member("device", .string(known.told(name)))
                    }
                    if ["verb", "lastVerb"].contains(member.name), case .string(let verb) = member.value {
                        let isOurs = Verb(rawValue: verb) != nil || verb == "presence"
                        return Member(member.name, .string(isOurs ? verb : "(\(verb.count) characters)"))
                    }
                    if naming.contains(member.name), case .string(let id) = member.value, id.isIdentifier {
                        return member
                    }
                    return Member(member.name, member.value.harmless(naming: naming, known: known))
                })
        case .integer, .decimal, .bool, .null: self
        }
    }

    /// This with only the members of these names, at every level.
    func keeping(_ names: Set<String>) -> JSON {
        switch self {
        case .array(let elements): .array(elements.map { $0.keeping(names) })
        case .object(let members):
            .object(members.filter { names.contains($0.name) }.map { Member($0.name, $0.value.keeping(names)) })
        case .string, .integer, .decimal, .bool, .null: self
        }
    }
}

extension String {
    /// Whether this has the shape of our ids: no blank, no `@`, no `+`.
    fileprivate var isIdentifier: Bool { wholeMatch(of: #/[A-Za-z0-9._\/-]{1,64}/#) != nil }

    /// Whether this is a moment, a code with dots, a path, an address of a machine, a number of up to six digits, or
    /// one of our ids: nothing that could be a person's name, mail address, telephone, card or password.
    var isHarmless: Bool {
        if utf8.count > 128 { return false }
        if wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#) != nil { return true }
        // Ids of events, commands and lives: a UUID, with the ordinal of an event behind it.
        if wholeMatch(of: #/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\/\d{1,6})?/#) != nil { return true }
        // Our codes of reservations and pickups.
        if wholeMatch(of: #/[A-Z]-[0-9A-HJKMNP-TV-Z]{8}-[0-9A-Z]/#) != nil { return true }
        // What an event is about; orders and tickets are numbers of a shop's, not of a person.
        if wholeMatch(of: #/(sku|reservation|order|ticket|delivery|count|device)\/[A-Za-z0-9._\/-]{1,80}/#) != nil {
            return true
        }
        // Addresses and ports of machines.
        if wholeMatch(of: #/\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?/#) != nil { return true }
        // Words with dots, as codes and types of events are; a word in small letters or camel case; versions.
        if wholeMatch(of: #/[a-z][a-zA-Z0-9]*([.-][a-zA-Z0-9]+)*/#) != nil, digitRun < 6 { return true }
        if wholeMatch(of: #/v?\d{1,4}(\.\d{1,4}){0,3}/#) != nil { return true }
        if wholeMatch(of: #/\/[a-z][a-zA-Z0-9._-]*(\/[a-zA-Z0-9._-]+)*/#) != nil, digitRun < 6 { return true }
        return false
    }

    /// The most digits in a row.
    private var digitRun: Int { matches(of: #/\d+/#).map { $0.0.count }.max() ?? 0 }
}
