// What the vault refuses, each with a stable code and a sentence that says the mend.

import Glibc

/// Why the vault did not seal, open, wrap, unwrap, or read its master key. Never carries key material or plain text.
public enum VaultError: Error, Equatable, Sendable, CustomStringConvertible {
    /// libcrypto could not do what it was asked; no input explains it.
    case cryptographyFailed(operation: String)
    /// The bytes are too short, or of a format this version does not know.
    case malformed(what: String)
    /// The bytes were changed, moved from another row, or sealed under another key.
    case tampered(what: String)
    /// The bytes were sealed under another version of the customer's key than the one given.
    case keyVersionMismatch(sealed: UInt32, given: UInt32)
    /// There is no file at the master key's path.
    case masterKeyMissing(path: String)
    /// The master key's file could not be opened or read.
    case masterKeyUnreadable(path: String, errorNumber: Int32)
    /// The master key's path leads to a directory, a device or the like.
    case masterKeyNotAFile(path: String)
    /// The file holds neither 32 bytes nor 64 hexadecimal digits.
    case masterKeyWrongSize(path: String, byteCount: Int)
    /// The file has the right length but one byte all over, as a file that was made and never filled.
    case masterKeyNeverFilled(path: String)
    /// Others than the owner and group may use the file, or the group may write it.
    case masterKeyExposed(path: String, mode: UInt32)
    /// A new master key could not be written.
    case masterKeyNotCreated(path: String, errorNumber: Int32)

    /// The stable code, `vault.reason`.
    public var code: String {
        switch self {
        case .cryptographyFailed: "vault.cryptographyFailed"
        case .malformed: "vault.malformed"
        case .tampered: "vault.tampered"
        case .keyVersionMismatch: "vault.keyVersionMismatch"
        case .masterKeyMissing: "vault.masterKeyMissing"
        case .masterKeyUnreadable: "vault.masterKeyUnreadable"
        case .masterKeyNotAFile: "vault.masterKeyNotAFile"
        case .masterKeyWrongSize: "vault.masterKeyWrongSize"
        case .masterKeyNeverFilled: "vault.masterKeyNeverFilled"
        case .masterKeyExposed: "vault.masterKeyExposed"
        case .masterKeyNotCreated: "vault.masterKeyNotCreated"
        }
    }

    /// The sentence for a technician: what is wrong, and how to mend it.
    public var description: String {
        switch self {
        case .cryptographyFailed(let operation):
            "libcrypto failed at \(operation); check that the package libssl3 is whole (dpkg --verify libssl3)."
        case .malformed(let what):
            "The \(what) is too short or of an unknown format; it was not written by this version or was cut."
        case .tampered(let what):
            "The \(what) is not authentic: it was changed, moved from another row, or made under another key."
        case .keyVersionMismatch(let sealed, let given):
            "The snippet was sealed under version \(sealed) of the customer's key; version \(given) was given."
        case .masterKeyMissing(let path):
            "There is no master key at \(path). Restore the box's own key, or for a new box make one: "
                + "(umask 077; head -c 32 /dev/urandom > \(path))."
        case .masterKeyUnreadable(let path, let errorNumber):
            "The master key \(path) cannot be read: \(errorText(errorNumber)). It must belong to the user of edged."
        case .masterKeyNotAFile(let path):
            "The master key \(path) is not a regular file."
        case .masterKeyWrongSize(let path, let byteCount):
            "The master key \(path) has \(byteCount) bytes; it must be 32 bytes, or 64 hexadecimal digits. "
                + "Restore the box's own key."
        case .masterKeyNeverFilled(let path):
            "The master key \(path) holds one byte all over: the file was made and never filled. "
                + "Restore the box's own key."
        case .masterKeyExposed(let path, let mode):
            "The master key \(path) has mode \(octal(mode)); others may use it. Mend: chmod 0600 \(path)."
        case .masterKeyNotCreated(let path, let errorNumber):
            "No master key could be written at \(path): \(errorText(errorNumber)). "
                + "Its directory must exist and be writable."
        }
    }
}

/// The system's sentence for an error number.
private func errorText(_ number: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &text, text.count) == 0 else { return "error \(number)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A file mode as `chmod` writes it, four octal digits.
private func octal(_ mode: UInt32) -> String {
    let digits = String(mode & 0o7777, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
}
