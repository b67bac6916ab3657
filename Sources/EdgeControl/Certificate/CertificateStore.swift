// Where one pair of key and certificate is in use and others stand beside it: pending, or kept from before.

import CLinux
import Glibc
import ShopModel

/// A folder with a pair in use.
///
/// ```
/// server.crt -> current/server.crt        what the configuration names, unless it names current/… itself
/// server.key -> current/server.key
/// current    -> issued/5f31…              swapped in one step: key and certificate never part
/// issued/5f31…/server.crt, server.key
/// pending/server.key, request.csr …       a pair that is not proved yet
/// ```
struct CertificateStore {
    let folder: String
    let certificateName: String
    let keyName: String
    /// Whether the configuration names the links beside `current`, not the files behind it.
    private let hasLinks: Bool
    let words: Words

    /// How many former pairs are kept.
    private static let formerMax = 3

    /// The store of a pair that a configuration names.
    ///
    /// - Throws: `certificate.apart` when key and certificate are not in one folder, where one step could not swap both.
    init(certificate: String, key: String, _ words: Words) throws(Failure) {
        let (certificateFolder, certificateName) = Self.split(certificate)
        let (keyFolder, keyName) = Self.split(key)
        guard certificateFolder == keyFolder, certificateName != keyName else {
            throw Failure(
                code: "certificate.apart",
                message: words.say(
                    "\(certificate) and \(key) are not two files of one folder.",
                    "\(certificate) et \(key) ne sont pas deux fichiers d'un même dossier."),
                mend: words.say(
                    "move both into one folder and name them in the configuration.",
                    "mettez-les dans un même dossier et nommez-les dans la configuration."), status: .configuration)
        }
        self.words = words
        self.certificateName = certificateName
        self.keyName = keyName
        let (above, last) = Self.split(certificateFolder)
        hasLinks = last != "current"
        folder = last == "current" ? above : certificateFolder
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    /// The pair in use.
    var certificate: String { hasLinks ? folder + "/" + certificateName : folder + "/current/" + certificateName }
    var key: String { hasLinks ? folder + "/" + keyName : folder + "/current/" + keyName }
    /// The pair that is not proved yet.
    var pending: String { folder + "/pending" }
    var pendingCertificate: String { pending + "/" + certificateName }
    var pendingKey: String { pending + "/" + keyName }

    /// Makes the folder of a pending pair. One that is there stays: its key may be signed elsewhere at this moment.
    func makePending() throws(Failure) {
        if mkdir(pending, 0o700) != 0, errno != EEXIST { throw .certificateFile(pending, errno, words) }
    }

    /// Forgets a pending pair.
    func dropPending() {
        for name in SmallFile.names(in: pending) { unlink(pending + "/" + name) }
        rmdir(pending)
    }

    /// Gives the pending files to whom the pair in use belongs, or, where there is none yet, to these.
    func handOver(group: String?, mode: mode_t) throws(Failure) {
        var facts = stat()
        var owner: uid_t = getuid()
        var ownGroup = group.flatMap { getgrnam($0)?.pointee.gr_gid } ?? getgid()
        var keyMode = mode
        if stat(key, &facts) == 0 {
            (owner, ownGroup, keyMode) = (facts.st_uid, facts.st_gid, facts.st_mode & 0o660)
        }
        for (file, mode) in [(pendingKey, keyMode), (pendingCertificate, 0o644)] {
            guard chmod(file, mode) == 0 else { throw .certificateFile(file, errno, words) }
            // Only root gives files away, and a service of ours has no right to; where it need not, it does not.
            var made = stat()
            guard stat(file, &made) == 0 else { throw .certificateFile(file, errno, words) }
            let isGiven = made.st_uid == owner && made.st_gid == ownGroup
            if geteuid() == 0, !isGiven, chown(file, owner, ownGroup) != 0 {
                throw .certificateFile(file, errno, words)
            }
            try sync(file)
        }
        guard chmod(pending, 0o755) == 0 else { throw .certificateFile(pending, errno, words) }
    }

    /// Puts the pending pair in use, in one step.
    ///
    /// - Returns: what `takeBack` needs; `nil` when there was no pair before.
    func promote(serial: String) throws(Failure) -> String? {
        try adopt()
        try makeFolder(folder + "/issued")
        let before = target(of: folder + "/current")
        var name = "issued/" + serial.prefix(40)
        if access(folder + "/" + name, F_OK) == 0 { name += "-\(monotonicMilliseconds())" }
        guard rename(pending, folder + "/" + name) == 0 else { throw .certificateFile(pending, errno, words) }
        try point("current", to: name)
        try link()
        try sync(folder)
        forgetFormer(keeping: [name, before])
        return before
    }

    /// Puts a former pair in use again; the one that did not serve goes back to `pending`, where it can be looked at.
    func takeBack(_ former: String?) throws(Failure) {
        guard let former else { return }
        let failed = target(of: folder + "/current")
        try point("current", to: former)
        if let failed, failed != former {
            dropPending()
            _ = rename(folder + "/" + failed, pending)
        }
        try sync(folder)
    }

    /// Makes a folder that servers may enter, whatever this process's own mask; what is secret in it has modes of its own.
    private func makeFolder(_ path: String) throws(Failure) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST, chmod(path, 0o755) == 0 else {
            throw .certificateFile(path, errno, words)
        }
    }

    /// Makes this layout out of two plain files, or of a plain folder `current`, each step leaving the pair in use as it
    /// was.
    private func adopt() throws(Failure) {
        guard target(of: folder + "/current") == nil, access(certificate, F_OK) == 0, access(key, F_OK) == 0
        else { return }
        let former = folder + "/issued/before"
        try makeFolder(folder + "/issued")
        try makeFolder(former)
        for (file, name) in [(certificate, certificateName), (key, keyName)] {
            try double(file, as: former + "/" + name)
        }
        try sync(former)
        if hasLinks {
            try point("current", to: "issued/before")
            try link()
        } else {
            try replaceFolder(by: "issued/before")
        }
    }

    /// Gives a file a second place: by a link, or, where the kernel lets nobody link to another user's files
    /// (`fs.protected_hardlinks`), by a copy with the same mode.
    private func double(_ file: String, as other: String) throws(Failure) {
        unlink(other)
        if Glibc.link(file, other) == 0 { return }
        guard errno == EPERM || errno == EXDEV else { throw .certificateFile(other, errno, words) }
        var facts = stat()
        guard stat(file, &facts) == 0, let bytes = SmallFile.bytes(file, max: 1 << 20) else {
            throw .certificateFile(file, errno, words)
        }
        guard SmallFile.write(bytes, to: other), chmod(other, facts.st_mode & 0o664) == 0 else {
            throw .certificateFile(other, errno, words)
        }
        try sync(other)
    }

    /// Puts a link in the place of the folder `current`, in one step.
    private func replaceFolder(by target: String) throws(Failure) {
        let (current, new) = (folder + "/current", folder + "/current.new")
        unlink(new)
        guard symlink(target, new) == 0,
            linux_exchange(new, current) == 0
        else { throw .certificateFile(current, errno, words) }
        for name in [certificateName, keyName] { unlink(new + "/" + name) }
        rmdir(new)
    }

    /// The names that the configuration knows lead to the pair in use.
    private func link() throws(Failure) {
        guard hasLinks else { return }
        for name in [keyName, certificateName] where target(of: folder + "/" + name) != "current/" + name {
            try point(name, to: "current/" + name)
        }
    }

    private func point(_ name: String, to target: String) throws(Failure) {
        let path = folder + "/" + name
        unlink(path + ".new")
        guard symlink(target, path + ".new") == 0, rename(path + ".new", path) == 0 else {
            throw .certificateFile(path, errno, words)
        }
    }

    private func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink(link, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes former pairs but the youngest: an old key is of no use to anybody of ours.
    private func forgetFormer(keeping kept: [String?]) {
        let names = SmallFile.names(in: folder + "/issued").filter { !kept.contains("issued/" + $0) }
        let aged = names.map { name in
            var facts = stat()
            return (stat(folder + "/issued/" + name, &facts) == 0 ? facts.st_mtim.tv_sec : 0, name)
        }
        for (_, name) in aged.sorted(by: { $0.0 > $1.0 }).dropFirst(Self.formerMax - 1) {
            let place = folder + "/issued/" + name
            for file in SmallFile.names(in: place) { unlink(place + "/" + file) }
            rmdir(place)
        }
    }

    private func sync(_ path: String) throws(Failure) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .certificateFile(path, errno, words) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw .certificateFile(path, errno, words) }
    }
}

extension Failure {
    /// A file of a certificate that could not be read, written or moved.
    static func certificateFile(_ path: String, _ number: Int32, _ words: Words) -> Failure {
        Failure(
            code: "certificate.file",
            message: words.say("\(path) cannot be used.", "\(path) est inutilisable."),
            cause: SmallFile.text(ofSystemError: number),
            mend: number == EACCES || number == EPERM
                ? words.say("do this as root, with sudo.", "faites-le en root, avec sudo.")
                : number == ENOSPC ? words.say("make room: df -h", "faites de la place : df -h") : nil, status: .fault)
    }
}
