// The disk under the agent's state: room, inodes, whether it takes writes, and how long a commit lasts.

import Contract
import Glibc

/// What may be wrong with the disk.
enum DiskRungs {
    static let all = [answers, space, inodes, readOnly, latency]

    /// It answers at all. Whatever looks at the agent's files needs this rung: it could only hang as well, and so would
    /// this tool, which ends when its last call has ended.
    private static let answers = Rung("disk.answers") { context in
        let words = context.words
        let (folder, figures) = room(context)
        guard figures["hung"] != nil else {
            return .fine(words.say("the disk at \(folder) answers", "le disque de \(folder) répond"))
        }
        return .fault(
            "disk.hangs",
            words.say("the disk at \(folder) does not answer", "le disque de \(folder) ne répond pas"),
            cause: words.say(
                "it is dead, or its cable or network is; who asks it waits for ever",
                "il est mort, ou son câble ou son réseau ; qui l'interroge attend sans fin"),
            mend: words.say(
                "sudo dmesg | tail -30; look at its cable; what waits for it only ends with a restart of the box.",
                "sudo dmesg | tail -30 ; voir son câble ; ce qui l'attend ne finit qu'au redémarrage de la machine."))
    }

    private static let space = Rung("disk.space", needs: ["disk.answers"]) { context in
        let words = context.words
        let (folder, figures) = room(context)
        guard let bytes = figures["bytes"], let free = figures["bytesFree"] else {
            return silence(figures, folder)
        }
        let seen = words.say(
            "\(words.bytes(free)) free of \(words.bytes(bytes)) at \(folder)",
            "\(words.bytes(free)) libres sur \(words.bytes(bytes)) à \(folder)")
        let facts = [JSON.Member("bytesFree", .count(free)), JSON.Member("bytes", .count(bytes))]
        let mend = DiskMends.room(at: mountPoint(of: folder, context), words)
        // The agent holds 4 MiB of ballast and takes it up again only when four times as much is free.
        if free < 16 << 20 {
            var verdict = Verdict.fault(
                "disk.full", seen,
                cause: words.say(
                    "something filled the disk: the agent answers `later` to whatever must be stored",
                    "quelque chose a rempli le disque : l'agent répond « later » à tout ce qu'il doit garder"),
                mend: mend)
            verdict.facts = facts
            return verdict
        }
        if free < 200 << 20 || free < bytes / 20 {
            var verdict = Verdict.warning(
                "disk.low", seen,
                cause: words.say(
                    "something fills the disk; with less than 16 MiB nothing more can be stored",
                    "quelque chose remplit le disque ; sous 16 Mio, plus rien ne pourra être gardé"),
                mend: mend)
            verdict.facts = facts
            return verdict
        }
        return .fine(seen, facts[0], facts[1])
    }

    private static let inodes = Rung("disk.inodes", needs: ["disk.answers"]) { context in
        let words = context.words
        let (folder, figures) = room(context)
        guard let all = figures["inodes"], let free = figures["inodesFree"] else {
            return silence(figures, folder)
        }
        guard all > 0 else {
            return .fine(
                words.say("this file system makes them as needed", "ce système de fichiers les crée au besoin"))
        }
        let seen = words.say("\(free) free of \(all) at \(folder)", "\(free) libres sur \(all) à \(folder)")
        let mend = DiskMends.inodes(at: mountPoint(of: folder, context), words)
        let fact = JSON.Member("inodesFree", .count(free))
        if free < 16 {
            return .fault(
                "disk.noInodes", seen,
                cause: words.say(
                    "a program made very many small files: there may be room, yet no file can be made",
                    "un programme a créé une foule de petits fichiers : il reste de la place, mais aucun fichier possible"
                ),
                mend: mend, fact)
        }
        if free < 1_000 || free < all / 50 { return .warning("disk.fewInodes", seen, mend: mend, fact) }
        return .fine(seen, fact)
    }

    private static let readOnly = Rung("disk.readOnly", needs: ["disk.answers"]) { context in
        let words = context.words
        let (folder, figures) = room(context)
        let place = mountPoint(of: folder, context)
        guard let isReadOnly = figures["readOnly"] else { return silence(figures, folder) }
        let written = isReadOnly == 0 ? DiskProbe.ask(.write, of: folder, context) : [:]
        switch Int32(written["failed"] ?? 0) {
        case EROFS: return readOnlyFault(place, words)
        case EIO, EUCLEAN, ENXIO, ENODEV:
            return .fault(
                "disk.failing", words.say("a write at \(folder) failed", "une écriture à \(folder) a échoué"),
                cause: SmallFile.text(ofSystemError: Int32(written["failed"] ?? 0)),
                mend: words.say(
                    "sudo dmesg | tail -30; back up (edgectl backup --to a USB stick), then change the disk.",
                    "sudo dmesg | tail -30 ; sauvegardez (edgectl backup --to une clé USB), puis changez le disque."))
        case EACCES, EPERM:
            return .unknown(
                words.say("mounted for writing; check as root to try", "monté en écriture ; root pour essayer"))
        default: break
        }
        if isReadOnly != 0 { return readOnlyFault(place, words) }
        return .fine(words.say("\(place) takes writes", "\(place) accepte l'écriture"))
    }

    private static func readOnlyFault(_ place: String, _ words: Words) -> Verdict {
        .fault(
            "disk.readOnly", words.say("\(place) is mounted read-only", "\(place) est monté en lecture seule"),
            cause: words.say(
                "somebody mounted it so, or the kernel did after a disk error",
                "quelqu'un l'a monté ainsi, ou le noyau l'a fait après une erreur du disque"),
            mend: words.say(
                "sudo dmesg | grep -i error; if there is none: sudo mount -o remount,rw \(place); else change the disk.",
                "sudo dmesg | grep -i error ; s'il n'y en a pas : sudo mount -o remount,rw \(place) ; sinon changez le disque."
            ))
    }

    private static let latency = Rung(
        "disk.latency", needs: ["disk.space", "disk.inodes", "disk.readOnly"], seconds: 12
    ) {
        context in
        let words = context.words
        let figures = DiskProbe.ask(.write, of: room(context).folder, context)
        let syncs = (1...7).compactMap { figures["sync\($0)"] }.sorted()
        if figures["hung"] != nil {
            return .fault(
                "disk.slow",
                words.say("a commit did not end within 8 s", "un enregistrement n'a pas abouti en 8 s"),
                cause: diskIsSlow(words), mend: mendSlow(words))
        }
        guard syncs.count == 7 else {
            let number = Int32(figures["failed"] ?? 0)
            return .unknown(
                words.say(
                    "no test file could be written: \(SmallFile.text(ofSystemError: number)); check as root",
                    "aucun fichier d'essai n'a pu être écrit : \(SmallFile.text(ofSystemError: number)) ; vérifiez en root"
                ))
        }
        let usual = syncs[3]
        let seen = words.say(
            "a commit takes \(words.milliseconds(usual)), at most \(words.milliseconds(syncs[6]))",
            "un enregistrement prend \(words.milliseconds(usual)), au plus \(words.milliseconds(syncs[6]))")
        let facts = [
            JSON.Member("medianMicroseconds", .count(usual)), JSON.Member("slowestMicroseconds", .count(syncs[6])),
        ]
        // A clerk waits for one commit: half a second is felt by everybody, a tenth by a busy shop.
        if usual >= 500_000 {
            return .fault("disk.slow", seen, cause: diskIsSlow(words), mend: mendSlow(words), facts[0], facts[1])
        }
        if usual >= 100_000 {
            return .warning("disk.sluggish", seen, cause: diskIsSlow(words), mend: mendSlow(words), facts[0], facts[1])
        }
        return .fine(seen, facts[0], facts[1])
    }

    private static func diskIsSlow(_ words: Words) -> String {
        words.say(
            "a worn card or disk, a loose cable, or another program that writes without end",
            "une carte ou un disque usé, un câble lâche, ou un programme qui écrit sans fin")
    }

    private static func mendSlow(_ words: Words) -> String {
        words.say(
            "sudo dmesg | tail -30; who writes: sudo iotop -oPa; smartctl -a the disk; change it when it is worn.",
            "sudo dmesg | tail -30 ; qui écrit : sudo iotop -oPa ; smartctl -a le disque ; changez-le s'il est usé.")
    }

    /// What the disk did not tell, and why.
    private static func silence(_ figures: DiskProbe.Figures, _ folder: String) -> Verdict {
        .unknown("\(folder): \(SmallFile.text(ofSystemError: Int32(figures["failed"] ?? 0)))")
    }

    /// What the disk told of the room at the state directory or, while that is missing, at the nearest folder above it;
    /// and that folder. The disk is asked in a child: nobody gets this process out of a call to a dead one.
    private static func room(_ context: CheckContext) -> (folder: String, figures: DiskProbe.Figures) {
        var folder = context.stateDirectory
        let figures = DiskProbe.ask(.space, of: folder, context)
        for _ in 0..<(figures["above"] ?? 0) { folder = DiskProbe.parent(of: folder) ?? folder }
        return (folder, figures)
    }

    /// Where the file system of a folder is mounted (proc(5), mountinfo).
    private static func mountPoint(of folder: String, _ context: CheckContext) -> String {
        let mounts = (context.text("/proc/self/mountinfo", max: 1 << 20) ?? "").split(separator: "\n").compactMap {
            line in
            line.split(separator: " ").dropFirst(4).first.map(String.init)
        }
        return mounts.filter { $0 == "/" || folder == $0 || folder.hasPrefix($0 + "/") }
            .max { $0.count < $1.count } ?? folder
    }
}

extension Words {
    /// `12.3 GiB`, `640 KiB`.
    func bytes(_ count: Int) -> String {
        let units = say("KiB MiB GiB TiB", "Kio Mio Gio Tio").split(separator: " ")
        guard count >= 1_024 else { return "\(count) \(say("bytes", "octets"))" }
        var tenths = count * 10 / 1_024
        var unit = 0
        while tenths >= 10_240, unit < units.count - 1 {
            tenths /= 1_024
            unit += 1
        }
        let point = say(".", ",")
        return (tenths < 100 ? "\(tenths / 10)\(point)\(tenths % 10)" : "\(tenths / 10)") + " \(units[unit])"
    }

    /// `0.8 ms`, `23 ms`, `1.9 s`, from microseconds.
    func milliseconds(_ microseconds: Int) -> String {
        let point = say(".", ",")
        if microseconds < 10_000 { return "\(microseconds / 1_000)\(point)\(microseconds / 100 % 10) ms" }
        if microseconds < 1_000_000 { return "\(microseconds / 1_000) ms" }
        return "\(microseconds / 1_000_000)\(point)\(microseconds / 100_000 % 10) s"
    }
}
