// Why a device is turned away, or cannot be enrolled, in words.

import ShopModel

extension DeviceRole {
    /// What a person reads for it: “it is …”.
    var word: Word {
        switch self {
        case .scan: Word(rawValue, en: "one that may only scan", fr: "un appareil qui peut seulement scanner")
        case .customer:
            Word(rawValue, en: "a mirror or screen for customers", fr: "un miroir ou écran pour les clients")
        case .clerk: Word(rawValue, en: "a clerk's device", fr: "un appareil de vendeur")
        case .till: Word(rawValue, en: "a till", fr: "une caisse")
        }
    }
}

extension Refusal.Code {
    /// A technician revoked the device: fact `device`.
    public static let deviceRevoked = Refusal.Code(
        "device.revoked", retry: .never,
        en: "The device {device} was revoked. A technician can enrol it anew; one with a certificate by a new id.",
        fr:
            "L'appareil {device} a été révoqué. Un technicien peut l'enrôler à nouveau ; avec un certificat, sous un autre nom."
    )
    /// The device has a one-time code and did not use it: fact `device`.
    public static let deviceNotPaired = Refusal.Code(
        "device.notPaired", retry: .later,
        en: "The device {device} has to pair first: device.pair with a password of its own.",
        fr: "L'appareil {device} doit d'abord s'appairer : device.pair avec un mot de passe à lui.")
    /// There is no code that waits to be used: fact `device`.
    public static let deviceNoCode = Refusal.Code(
        "device.noCode", retry: .newId,
        en:
            "No enrolment code waits for the device {device}. A technician makes one: edgectl device enrol {device} --again",
        fr:
            "Aucun code d'enrôlement n'attend l'appareil {device}. Un technicien en crée un : edgectl device enrol {device} --again"
    )
    /// The code's time is over: facts `device`, `until`.
    public static let deviceCodeOver = Refusal.Code(
        "device.codeOver", retry: .newId,
        en:
            "The code of the device {device} ended at {until}. A technician makes another: edgectl device enrol {device} --again",
        fr:
            "Le code de l'appareil {device} a pris fin à {until}. Un technicien en crée un autre : edgectl device enrol {device} --again"
    )
    /// The broker did not take the new password yet; the same message may be sent again.
    public static let devicePairLater = Refusal.Code(
        "device.pairLater", retry: .sameId,
        en: "The shop's broker has not taken the new password. Send the same message again.",
        fr: "Le broker du magasin n'a pas pris le nouveau mot de passe. Renvoyez le même message.")

    /// What devices may meet.
    public static let deviceCodes: [Refusal.Code] = [
        deviceRevoked, deviceNotPaired, deviceNoCode, deviceCodeOver, devicePairLater,
    ]

    /// Nobody of that name was ever here: fact `device`.
    public static let deviceUnknown = Refusal.Code(
        "device.unknown", retry: .newId,
        en: "No device {device} is known here, by configuration, enrolment or message. See: edgectl device list",
        fr: "Aucun appareil {device} connu ici, par configuration, enrôlement ou message. Voir : edgectl device list")
    /// The device has a credential: fact `device`, `state`.
    public static let deviceEnrolled = Refusal.Code(
        "device.enrolled", retry: .newId,
        en:
            "The device {device} is enrolled already ({state}). For a new credential add --again; it ends a code or password at once.",
        fr:
            "L'appareil {device} est déjà enrôlé ({state}). Pour un nouvel accès ajoutez --again ; il met fin aussitôt à un code ou mot de passe."
    )
    /// A certificate that the device was given would let its owner in again: facts `device`, `until`.
    public static let deviceCertificateLives = Refusal.Code(
        "device.certificateLives", retry: .newId,
        en:
            "The certificate that {device} was given is good for that name until {until}, and would work with any new account of that name. Choose a new id, such as {device}b. Unless revoked, the device may have another certificate: --again --credential certificate",
        fr:
            "Le certificat donné à {device} vaut pour ce nom jusqu'au {until}, et servirait avec tout nouveau compte de ce nom. Choisissez un nouveau nom, par exemple {device}b. S'il n'est pas révoqué, l'appareil peut avoir un autre certificat : --again --credential certificate"
    )
    /// The name is an account of the box's own: fact `device`.
    public static let deviceNameTaken = Refusal.Code(
        "device.nameTaken", retry: .newId,
        en: "{device} is the name of an account of the box's own, not of a device. Choose another.",
        fr: "{device} est le nom d'un compte du boîtier, pas d'un appareil. Choisissez-en un autre.")
    /// An enrolment says neither by itself nor by the configuration what the device is: fact `device`.
    public static let deviceFamilyMissing = Refusal.Code(
        "device.familyMissing", retry: .newId,
        en: "Say what {device} is: --family scanner, mirror, tablet, till or screen.",
        fr: "Dites ce qu'est {device} : --family scanner, mirror, tablet, till ou screen.")
    /// The configuration lists the device, so that its settings stand there: facts `device`, `field`.
    public static let deviceConfigured = Refusal.Code(
        "device.configured", retry: .newId,
        en:
            "The configuration lists {device}, and its settings count: leave {field} out, or change it in the fleet there.",
        fr: "La configuration liste {device}, et ses réglages comptent : ôtez {field}, ou changez-le dans la flotte.")
    /// The screen is no device of the shop: fact `device`.
    public static let deviceScreenUnknown = Refusal.Code(
        "device.screenUnknown", retry: .newId,
        en: "The screen {device} is no device of this shop. Enrol it first.",
        fr: "L'écran {device} n'est pas un appareil de ce magasin. Enrôlez-le d'abord.")
    /// A device that speaks by a profile cannot pair: fact `device`.
    public static let deviceCannotPair = Refusal.Code(
        "device.cannotPair", retry: .newId,
        en: "{device} has a profile, so it cannot pair. Add --credential password or --credential certificate.",
        fr: "{device} a un profil, donc ne peut s'appairer. Ajoutez --credential password ou certificate.")
    /// No more devices can be enrolled: fact `limit`.
    public static let deviceTooMany = Refusal.Code(
        "device.tooMany", retry: .later,
        en: "{limit} devices were enrolled here, revoked ones included, and there is no room for more.",
        fr: "{limit} appareils ont été enrôlés ici, révoqués compris ; il n'y a plus de place.")
    /// A device that nobody enrolled cannot be revoked: fact `device`.
    public static let deviceNotEnrolled = Refusal.Code(
        "device.notEnrolled", retry: .newId,
        en: "{device} was never enrolled here, so there is nothing to revoke. If the fleet lists it, remove it there.",
        fr: "{device} n'a jamais été enrôlé ici : rien à révoquer. S'il est dans la flotte, retirez-le de là.")
    /// The shop's broker is not reached.
    public static let brokerNotConnected = Refusal.Code(
        "broker.notConnected", retry: .later,
        en:
            "The agent has no connection to the shop's broker. Nothing was changed. See why: edgectl check --only broker",
        fr: "L'agent n'a pas de connexion au broker du magasin. Rien n'a changé. Voir : edgectl check --only broker")
    /// The shop's broker does not answer as one with dynamic security does: fact `seconds`.
    public static let brokerSilent = Refusal.Code(
        "broker.silent", retry: .later,
        en:
            "The shop's broker did not answer within {seconds} s. Nothing is known to have changed. Does it load mosquitto_dynamic_security.so, and may the agent administer it? See devices/broker.",
        fr:
            "Le broker du magasin n'a pas répondu en {seconds} s. Aucun changement connu. Charge-t-il mosquitto_dynamic_security.so, et l'agent peut-il l'administrer ? Voir devices/broker."
    )
    /// The shop's broker refused: facts `command`, `reason`.
    public static let brokerRefused = Refusal.Code(
        "broker.refused", retry: .later,
        en: "The shop's broker refused {command}: {reason}. See devices/broker.",
        fr: "Le broker du magasin a refusé {command} : {reason}. Voir devices/broker.")

    /// What technicians may meet.
    public static let enrolmentCodes: [Refusal.Code] = [
        deviceUnknown, deviceEnrolled, deviceCertificateLives, deviceNameTaken, deviceFamilyMissing, deviceConfigured,
        deviceScreenUnknown,
        deviceCannotPair, deviceTooMany, deviceNotEnrolled, brokerNotConnected, brokerSilent, brokerRefused,
    ]
}
