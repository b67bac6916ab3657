// The state directory is looked at before it is used, and the note of a deciding command outlives its process.

import Glibc
import ShopModel
import Testing

@testable import SQLiteStorage

@Suite("A state directory")
struct StateDirectoryTests {
    private let folder = TemporaryFolder()

    private func sentence(_ path: String, in language: Language = .english) -> String? {
        do throws(StorageError) {
            _ = try StateDirectory(path)
            return nil
        } catch {
            return error.sentence(in: language)
        }
    }

    @Test("that is missing, no directory or somebody else's is refused with the path and what is wrong")
    func refusals() throws {
        folder.write([1], to: "file")
        #expect(
            sentence(folder.file("missing"))?.contains("\(folder.path)/missing cannot be opened: it does not") == true)
        #expect(sentence(folder.file("file"))?.contains("it is not a directory") == true)
        #expect(sentence(folder.path) == nil)
        #expect(
            sentence(folder.file("missing"), in: .french)?.contains("missing ne peut pas être ouvert : il n'existe pas")
                == true)
        if geteuid() == 0 {
            #expect(chown(folder.path, 65_534, 65_534) == 0)
            #expect(sentence(folder.path)?.contains("it belongs to user 65534") == true)
            #expect(chown(folder.path, 0, 0) == 0)
        }
    }

    @Test("that this user cannot look into is refused")
    func unreadable() throws {
        #expect(chmod(folder.path, 0) == 0)
        defer { chmod(folder.path, 0o700) }
        // Root may look into everything; a stranger may not.
        let said = geteuid() == 0 ? asStrangerToFiles { sentence(folder.path) } : sentence(folder.path)
        #expect(said?.contains("cannot be opened") == true)
    }

    @Test("may be written with a slash at its end, or as a relative path")
    func spellings() throws {
        #expect(try StateDirectory(folder.path + "//").file("a") == folder.path + "/a")
        #expect(throws: StorageError.self) { try StateDirectory("no-such-folder") }
    }
}

@Suite("The note of the command that is being decided")
struct CommandNoteTests {
    private let digest = (0..<32).map { UInt8($0) }

    @Test("is found by the next process when this one dies in between")
    func found() throws {
        let state = try TestState()
        do {
            let note = try CommandNote(in: state.directory)
            #expect(note.found == nil)
            note.begin(digest)
        }
        let next = try CommandNote(in: state.directory)
        #expect(next.found == digest)
        #expect(try CommandNote(in: state.directory).found == nil, "a death is found once")
    }

    @Test("is not found when the command was decided")
    func cleared() throws {
        let state = try TestState()
        do {
            let note = try CommandNote(in: state.directory)
            note.begin(digest)
            note.end()
            note.begin([1, 2])
            note.begin([3])
        }
        #expect(try CommandNote(in: state.directory).found == [3])
        let long = [UInt8](repeating: 7, count: 300)
        do { try CommandNote(in: state.directory).begin(long) }
        #expect(try CommandNote(in: state.directory).found == Array(long[..<255]))
    }

    @Test("that a process was killed over is found")
    func killed() throws {
        let state = try TestState()
        let note = try CommandNote(in: state.directory)
        note.begin(digest)
        // What a killed process leaves is what is in the file now, whether or not it was ever written out.
        #expect(Array(state.folder.bytes("deciding")[..<33]) == [32] + digest)
        note.end()
        #expect(state.folder.bytes("deciding")[0] == 0)
    }
}
