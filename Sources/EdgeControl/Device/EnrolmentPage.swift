// What is told of a device that was just enrolled.

import Contract
import ShopModel

/// An enrolment, for people and for programs.
struct EnrolmentPage {
    let result: JSON
    let told: EnrolmentText
    let certificate: DeviceCertificate?
    /// Whether a QR code stands below.
    let hasQRCode: Bool
    let words: Words

    /// Who was enrolled as what, and what a person types in.
    var text: Page {
        var page = Page()
        let what = "\(words.term(result.plain("role"))), \(result["family"]?.text ?? "–")"
        page.paragraph(
            words.say("\(told.device) is enrolled: \(what).", "\(told.device) est enrôlé : \(what)."))
        var facts = [
            (words.say("Box", "Boîtier"), "\(told.host), port \(told.port)\(told.fingerprint == nil ? "" : ", TLS")")
        ]
        if certificate == nil { facts.append((words.say("User name", "Utilisateur"), told.device)) }
        if let certificate {
            facts += [
                (words.say("Key", "Clé"), certificate.keyFile),
                (words.say("Certificate", "Certificat"), certificate.certificateFile),
                ("PKCS #12", "\(certificate.bundleFile), " + words.say("password", "mot de passe") + " \(told.device)"),
                (words.say("Authority", "Autorité"), certificate.authorityFile),
            ]
        } else if told.isCode {
            facts.append((words.say("Code", "Code"), told.grouped))
            facts.append(
                (
                    words.say("Good until", "Valable jusqu'à"),
                    words.momentAndAge(result["stateAt"]) + words.say(", once", ", une fois")
                ))
        } else {
            facts.append((words.say("Password", "Mot de passe"), told.grouped))
        }
        if let fingerprint = told.fingerprint, certificate == nil {
            facts.append((words.say("Authority", "Autorité"), "SHA-256 \(fingerprint.lowercased())"))
        }
        page.facts(facts)
        if result["oldCertificateUntil"] != nil {
            let until = words.moment(result["oldCertificateUntil"])
            page.paragraph(
                words.say(
                    "ATTENTION: the certificate it had works on too, until \(until) at the latest, unless the device is revoked. If it is in other hands, revoke \(told.device) and choose a new id.",
                    "ATTENTION : le certificat d'avant sert encore, jusqu'au \(until) au plus tard, sauf si l'appareil est révoqué. S'il est en d'autres mains, révoquez \(told.device) et choisissez un nouveau nom."
                ), hanging: 2)
        }
        if !told.isInCertificate {
            page.paragraph(
                words.say(
                    "ATTENTION: the box's certificate does not say \(told.host), so the device will turn away. First: sudo edgectl certificate renew. A name or address of your own choice goes into /etc/edged/broker/names before.",
                    "ATTENTION : le certificat du boîtier ne dit pas \(told.host), l'appareil s'en détournera. D'abord : sudo edgectl certificate renew. Un nom ou une adresse de votre choix se note avant dans /etc/edged/broker/names."
                ), hanging: 2)
        }
        if certificate == nil {
            page.paragraph(
                words.say(
                    "The blanks are for the eye only. It is shown this once.",
                    "Les espaces ne sont que pour l'œil. Affiché cette seule fois."))
        }
        return page
    }

    /// The line above the QR code.
    var caption: String {
        words.say(
            "The device is set up by typing that in, or by scanning this:",
            "L'appareil se configure en tapant cela, ou en scannant ceci :")
    }

    /// All of it for a program.
    var json: JSON {
        guard case .object(let members) = result else { return result }
        var more: [JSON.Member] = [
            .init("host", .string(told.host)), .init("port", .count(told.port)),
        ]
        if let fingerprint = told.fingerprint { more.append(.init("authority", .string(fingerprint.lowercased()))) }
        if !told.isInCertificate { more.append(.init("certificateLacks", .string(told.host))) }
        if let certificate {
            more += [
                .init("key", .string(certificate.keyFile)), .init("certificate", .string(certificate.certificateFile)),
                .init("bundle", .string(certificate.bundleFile)),
            ]
        } else {
            more.append(.init("text", .string(told.text)))
        }
        return .object(members + more)
    }
}
