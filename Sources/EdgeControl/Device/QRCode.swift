// QR codes, drawn by the tool `qrencode`: in the terminal, and as a PNG that only its owner may read.

import Glibc
import ShopModel

/// Draws QR codes.
enum QRCode {
    /// The lowest correction: the code is read once, from a clean screen. Margin 2 keeps it within 24 lines.
    private static let usual = ["--level", "L", "--margin", "2", "--output", "-"]

    /// The code in half blocks, one line of text for two rows of modules.
    ///
    /// - Parameter isTerminal: with colours, so that it can be read on light and dark terminals alike.
    static func lines(_ text: String, isTerminal: Bool, _ words: Words) throws(Failure) -> String {
        let run = try draw(text, ["--type", isTerminal ? "ANSIUTF8" : "UTF8"], words)
        return String(decoding: run, as: UTF8.self)
    }

    /// Writes the code into a new file with mode 0600: it holds a secret.
    static func writePNG(_ text: String, to path: String, _ words: Words) throws(Failure) {
        let image = try draw(text, ["--type", "PNG", "--size", "8"], words)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .file(path, errno, words) }
        defer { close(file) }
        guard image.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == image.count, fsync(file) == 0 else {
            let number = errno
            unlink(path)
            throw .file(path, number, words)
        }
    }

    /// Refuses what could not be drawn later, before a secret is made for it.
    static func check(png: String?, _ words: Words) throws(Failure) {
        _ = try draw("CHECK", ["--type", "UTF8"], words)
        guard let png else { return }
        if access(png, F_OK) == 0 { throw .file(png, EEXIST, words) }
        let slash = png.lastIndex(of: "/")
        let folder = slash.map { $0 == png.startIndex ? "/" : String(png[..<$0]) } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else { throw .file(png, errno, words) }
    }

    private static func draw(_ text: String, _ options: [String], _ words: Words) throws(Failure) -> [UInt8] {
        // On standard input: what stands in a command line, every user of the box can read.
        let run = ToolRun.run("qrencode", usual + options, reading: Array(text.utf8))
        if run.isMissing {
            throw Failure(
                code: "device.noQRTool",
                message: words.say("The tool qrencode is not installed.", "L'outil qrencode n'est pas installé."),
                mend: words.say(
                    "sudo apt install qrencode, or add --no-qr and type the code in.",
                    "sudo apt install qrencode, ou ajoutez --no-qr et tapez le code."), status: .fault)
        }
        guard run.succeeded, !run.output.isEmpty else {
            throw Failure(
                code: "device.noQRCode",
                message: words.say("The QR code could not be drawn.", "Le code QR n'a pas pu être dessiné."),
                cause: run.complaintLine.isEmpty ? nil : run.complaintLine,
                mend: words.say("add --no-qr and type the code in.", "ajoutez --no-qr et tapez le code."),
                status: .fault)
        }
        return run.output
    }
}

extension Failure {
    /// A file that cannot be used.
    static func file(_ path: String, _ number: Int32, _ words: Words) -> Failure {
        Failure(
            code: "device.file",
            message: words.say("\(path) cannot be used.", "\(path) ne peut être utilisé."),
            cause: String(cString: strerror(number)),
            mend: number == EEXIST
                ? words.say("name a file that is not there yet.", "donnez un fichier qui n'existe pas encore.")
                : words.say("check the path and who may use it.", "vérifiez le chemin et les droits."), status: .fault)
    }
}
