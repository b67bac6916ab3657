// The files that a client shows itself by: read when they change, so that what is mended is used without a restart.

import CMosquitto
import Glibc

/// How the files of a client stood when they were read last.
struct CredentialFiles: Equatable {
    private struct Stamp: Equatable {
        let path: String
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    private let stamps: [Stamp]

    /// How they stand now; a file that is missing is a state as well.
    init(_ options: MQTTOptions) {
        let tls = options.tls
        let paths = [
            options.passwordFile, tls?.authorityFile, tls?.authorityDirectory, tls?.certificateFile, tls?.keyFile,
        ]
        stamps = paths.compactMap { $0 }.map { path in
            var status = stat()
            guard stat(path, &status) == 0 else {
                return Stamp(path: path, device: 0, inode: 0, size: -1, seconds: 0, nanoseconds: 0)
            }
            return Stamp(
                path: path, device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
                seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        }
    }
}

extension MQTTOptions {
    /// The password: `password`, or what `passwordFile` holds, without the end of its line.
    ///
    /// - Throws: `MQTTError.configuration`, naming the file.
    func readPassword() throws(MQTTError) -> [UInt8]? {
        guard let passwordFile else { return password }
        let file = open(passwordFile, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw .configuration(
                "the password file \(passwordFile) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4_097)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        guard count >= 0, count <= 4_096 else {
            throw .configuration("the password file \(passwordFile) is no file of up to 4096 bytes")
        }
        bytes.removeLast(bytes.count - count)
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        return bytes
    }

    /// Says what would keep a client with these options from connecting, as far as that can be seen from here.
    ///
    /// - Throws: `MQTTError.configuration`.
    public func check() throws(MQTTError) { mosquitto_destroy(try ClientHandle.make(self)) }
}

extension MQTTClient {
    /// Makes the library's client of the files as they are now, when they changed since it was made.
    ///
    /// - Throws: `MQTTError.configuration` when one of them cannot be used: the former client is kept, and the next
    ///   attempt looks again.
    func prepare() throws(MQTTError) {
        let files = CredentialFiles(options)
        guard files != preparedWith else { return }
        let fresh = try ClientHandle.make(options)
        mosquitto_destroy(handle)
        handle = fresh
        inbox.attach(to: fresh)
        // What the former one still had to send went with it; whoever needs an answer asks again.
        inbox.forgetUnacknowledged()
        preparedWith = files
    }
}
