// Which files of secrets are well kept: the rule of agent and tool, written out.

import Contract
import Testing

@Suite("A file with a secret")
struct SecretKeepingTests {
    private static let edged = SecretKeeping.Keeper(user: 990, groups: [990, 27])

    private static func keeping(
        _ mode: UInt32, owner: UInt32 = 0, group: UInt32 = 0, isFile: Bool = true
    ) -> SecretKeeping {
        SecretKeeping(isFile: isFile, mode: mode, owner: owner, group: group, keeper: edged)
    }

    @Test("of root or of the agent that nobody else may read is well kept", arguments: [0, 990] as [UInt32])
    func well(owner: UInt32) {
        for mode in [0o600, 0o400, 0o200, 0o700] as [UInt32] { #expect(Self.keeping(mode, owner: owner) == .well) }
    }

    @Test("of root may be read by a group of the agent's own, and by no other group")
    func groups() {
        #expect(Self.keeping(0o640, group: 990) == .well)
        #expect(Self.keeping(0o440, group: 27) == .well)
        #expect(Self.keeping(0o640, group: 100) == .open(mode: 0o640))
        // The agent's own file has no business with a group, not even its own.
        #expect(Self.keeping(0o640, owner: 990, group: 990) == .open(mode: 0o640))
    }

    @Test("that a group may write to or anybody else may touch is open, whoever owns it")
    func open() {
        for mode in [0o660, 0o620, 0o604, 0o601, 0o602, 0o644, 0o666, 0o777] as [UInt32] {
            #expect(Self.keeping(mode, group: 990) == .open(mode: mode))
        }
    }

    @Test("of somebody else is his, whatever its mode, and a folder or pipe is none")
    func foreign() {
        #expect(Self.keeping(0o600, owner: 1_000) == .foreign(owner: 1_000))
        #expect(Self.keeping(0o600, isFile: false) == .notAFile)
    }
}
