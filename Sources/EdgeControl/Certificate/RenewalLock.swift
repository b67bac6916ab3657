// One renewal of a pair at a time, by timer or by hand.

import Glibc

/// Keeps another renewal of a pair out for as long as it lives.
///
/// Each pair has a lock of its own, in its own folder and for its owner alone: neither waits for the other, whose program
/// may be asking headquarters for a signature, and nobody else on the box can hold it.
struct RenewalLock: ~Copyable {
    private let file: Int32

    /// How long another renewal is waited for.
    private static let seconds = 10

    /// - Parameter folder: of the pair; this process may write there.
    /// - Throws: `certificate.busy` when another renewal does not end.
    init(in folder: String, _ words: Words) throws(Failure) {
        let path = folder + "/.renewal"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .certificateFile(path, errno, words) }
        for _ in 0..<Self.seconds * 10 {
            if flock(file, LOCK_EX | LOCK_NB) == 0 {
                self.file = file
                return
            }
            usleep(100_000)
        }
        close(file)
        throw Failure(
            code: "certificate.busy",
            message: words.say("Another renewal goes on at this moment.", "Un autre renouvellement est en cours."),
            mend: words.say("try again in a minute.", "réessayez dans une minute."), status: .fault)
    }

    deinit { close(file) }
}
