// What the agent tells mosquitto's dynamic security plugin about devices: accounts, roles and topics.

import Contract
import EdgeAgent
import ShopModel

/// A command for the plugin, and the complaints that are as good as success.
///
/// A device has a role of its own, `branch-<id>`, that binds it to its branch of topics, since 2.0.11 puts no user
/// names into a role's topics (tried). `device` and `staff` are the shop's: what every device, and every clerk's device,
/// may hear.
public struct AccountCommand: Sendable {
    let name: String
    let fields: [JSON.Member]
    let tolerated: [String]

    private init(_ name: String, tolerating tolerated: [String] = [], _ fields: [JSON.Member]) {
        self.name = name
        self.fields = fields
        self.tolerated = tolerated
    }

    /// The role of the agent's account that lets it hear devices on topics of their own. Its package's role is set anew
    /// at each start of the broker; this one is the shop's, and stays.
    private static let profiles = "profiles"

    /// Asks for an account: `hears(_:)` reads the answer.
    public static func account(_ name: String) -> [AccountCommand] {
        [AccountCommand("getClient", [.init("username", .string(name))])]
    }

    /// Whether the answer to `account(_:)` has the role by which the agent hears devices on topics of their own.
    public static func hears(_ answer: [JSON]) -> Bool {
        let roles = answer.first?["data"]?["client"]?["roles"]?.elements ?? []
        return roles.contains { $0["rolename"]?.text == profiles }
    }

    /// Gives the agent's account the role by which it hears devices on topics of their own.
    ///
    /// This ends the agent's sessions, once for all such devices. The broker's word comes with the next connection, and
    /// tells of an internal error because the request was sent twice (2.0.11, tried).
    public static func letHear(_ agent: String) -> [AccountCommand] {
        [
            AccountCommand(
                "createRole", tolerating: ["Role already exists"], [.init("rolename", .string(profiles))]),
            AccountCommand(
                "addClientRole", tolerating: ["Internal error"],
                [.init("username", .string(agent)), .init("rolename", .string(profiles)), .init("priority", 0)]),
        ]
    }

    /// Lets the agent hear a topic of a device's own.
    private static func hearing(_ topic: String) -> [AccountCommand] {
        ["subscribeLiteral", "publishClientReceive"].map {
            AccountCommand(
                "addRoleACL", tolerating: ["ACL with this topic already exists"],
                [
                    .init("rolename", .string(profiles)), .init("acltype", .string($0)),
                    .init("topic", .string(topic)), .init("priority", 0), .init("allow", true),
                ])
        }
    }

    /// What has to be there before a device gets its account: refused when the broker lacks the shop's roles. An account
    /// that it had ends, and with it its session.
    public static func preparing(_ device: EnrolledDevice) -> [AccountCommand] {
        (device.profile.map { hearing($0.topic) } ?? [])
            + roles(of: device).map { AccountCommand("getRole", [.init("rolename", .string($0))]) } + [
                // The account before its role: mosquitto 2.0 crashes when an account is deleted after a role it had.
                delete(device.id),
                AccountCommand(
                    "deleteRole", tolerating: ["Role not found"], [.init("rolename", .string(ownRole(device.id)))]),
                AccountCommand(
                    "createRole",
                    [.init("rolename", .string(ownRole(device.id))), .init("acls", .array(acls(of: device)))]),
            ]
    }

    /// Gives a device its account, after `preparing`.
    ///
    /// - Parameter secret: its password; `nil` for one that signs in by certificate.
    public static func creating(_ device: EnrolledDevice, secret: String?) -> [AccountCommand] {
        let roles = roles(of: device) + [ownRole(device.id)]
        var fields: [JSON.Member] = [
            .init("username", .name(device.id)),
            .init("roles", .array(roles.map { ["rolename": .string($0), "priority": 0] })),
        ]
        if let secret { fields.append(.init("password", .string(secret))) }
        return [AccountCommand("createClient", fields)]
    }

    /// Gives a device another password; its session ends.
    static func settingPassword(_ device: DeviceID, _ password: String) -> [AccountCommand] {
        [
            AccountCommand(
                "setClientPassword", [.init("username", .name(device)), .init("password", .string(password))])
        ]
    }

    /// Ends a device's account, and with it its session at once.
    public static func ending(_ device: DeviceID, profileTopic: String?) -> [AccountCommand] {
        var commands = [
            delete(device),
            AccountCommand("deleteRole", tolerating: ["Role not found"], [.init("rolename", .string(ownRole(device)))]),
        ]
        if let profileTopic {
            commands += ["subscribeLiteral", "publishClientReceive"].map {
                AccountCommand(
                    "removeRoleACL", tolerating: ["ACL not found", "Role not found"],
                    [
                        .init("rolename", .string(profiles)), .init("acltype", .string($0)),
                        .init("topic", .string(profileTopic)),
                    ])
            }
        }
        return commands
    }

    private static func delete(_ device: DeviceID) -> AccountCommand {
        AccountCommand("deleteClient", tolerating: ["Client not found"], [.init("username", .name(device))])
    }

    private static func ownRole(_ device: DeviceID) -> String { "branch-" + device.value }

    /// The shop's roles that a device has.
    private static func roles(of device: EnrolledDevice) -> [String] {
        // A scanner in a clerk's hand shows no queue and no calls.
        device.role == .clerk && device.family != .scanner ? ["device", "staff"] : ["device"]
    }

    private static func acls(of device: EnrolledDevice) -> [JSON] {
        let branch = "shop/v1/" + device.id.value
        let said = [branch, branch + "/ask/#", branch + "/do/#", branch + "/presence"]
        let heard = [branch + "/reply/#", branch + "/show/#", branch + "/presence"]
        return (said + (device.profile.map { [$0.topic] } ?? [])).map { allowed("publishClientSend", $0) }
            + ["publishClientReceive", "subscribePattern"].flatMap { kind in heard.map { allowed(kind, $0) } }
    }

    private static func allowed(_ kind: String, _ topic: String) -> JSON {
        ["acltype": .string(kind), "topic": .string(topic), "priority": 0, "allow": true]
    }
}

extension JSON {
    fileprivate static func name(_ device: DeviceID) -> JSON { .string(device.value) }
}
