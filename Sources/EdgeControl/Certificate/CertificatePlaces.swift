// Where a box keeps its certificates, as options that a test or an unusual box can change.

import ArgumentParser
import Contract
import Glibc
import ShopModel

/// The places of certificates.
struct CertificatePlaces: ParsableArguments {
    @Option(help: .say("The agent's configuration.", "La configuration de l'agent.", value: "fichier"))
    var config: String = "/etc/edged/edged.json"
    @Option(
        help: .say(
            "The folder of the shop's own authority.", "Le dossier de l'autorité propre au magasin.", value: "dossier"))
    var authority: String = "/etc/edged/authority"
    @Option(
        help: .say("The folder of the broker's certificate.", "Le dossier du certificat du broker.", value: "dossier"))
    var broker: String = "/etc/edged/broker"
    @Option(help: ArgumentHelp("The program that gets headquarters' signature.", visibility: .private))
    var hook: String = "/etc/edged/renew.d/headquarters"
    @Option(help: ArgumentHelp("Ports that show the box's certificate, parted by commas.", visibility: .private))
    var shownOn: String = "8883,8884,443"

    var ports: [Int] { shownOn.split(separator: ",").compactMap { Int($0) } }

    /// The agent's configuration; `nil` when there is none and it is not needed.
    func configuration(_ words: Words, isNeeded: Bool) throws(Failure) -> Configuration? {
        switch ConfigurationReading(config) {
        case .read(let configuration): return configuration
        case .missing where !isNeeded: return nil
        case .missing: throw .certificateFile(config, ENOENT, words)
        case .forbidden: throw .certificateFile(config, EACCES, words)
        case .unreadable(let number): throw .certificateFile(config, number, words)
        case .invalid(let refusal):
            throw Failure(
                code: refusal.code.name, message: refusal.sentence(in: words.language),
                mend: "edged --check-config \(config)", status: .configuration)
        }
    }

}

extension Instant {
    /// This machine's time, right or wrong.
    static var ofMachine: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

extension Bench {
    /// The bytes of a file that somebody named, or of standard input.
    func bytes(of file: String, max: Int) throws(Failure) -> [UInt8] {
        guard let bytes = SmallFile.bytes(file == "-" ? "/dev/stdin" : file, max: max) else {
            throw .certificateFile(file, errno, words)
        }
        return bytes
    }
}
