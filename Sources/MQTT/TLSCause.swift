// Why there is no private connection: out of what libmosquitto lets through, the cause that somebody can mend.

import CMosquitto
import Glibc

/// Why a private connection to a broker did not come about.
public enum TLSCause: String, CaseIterable, Sendable {
    /// The broker's certificate, or one of the authorities that vouch for it, has expired.
    case brokerExpired
    /// The broker's certificate is not valid yet; often this box's clock is wrong.
    case brokerNotYetValid
    /// No authority that this box trusts vouches for the broker's certificate.
    case brokerUnknownAuthority
    /// The broker's certificate is for another name.
    case brokerWrongName
    /// The broker's certificate is refused for another reason.
    case brokerRefused
    /// The broker says that this box's certificate has expired.
    case ownExpired
    /// The broker does not know the authority of this box's certificate.
    case ownUnknownAuthority
    /// The broker revoked this box's certificate.
    case ownRevoked
    /// The broker wants a certificate, and this box has none to show.
    case ownMissing
    /// The broker refuses this box's certificate for another reason.
    case ownRefused
    /// This box's certificate, key or authority file cannot be used.
    case ownFiles
    /// The broker knows no protocol as new as TLS 1.2.
    case protocolTooOld
    /// What answers does not speak TLS.
    case notTLS
    /// The library does not say.
    case unknown

    /// A sentence for a person, without what it is about.
    var sentence: String {
        switch self {
        case .brokerExpired: "the broker's certificate, or its authority's, has expired"
        case .brokerNotYetValid: "the broker's certificate is not valid yet; is the clock of this box right?"
        case .brokerUnknownAuthority: "the broker's certificate is by an authority that this box does not trust"
        case .brokerWrongName: "the broker's certificate is for another name"
        case .brokerRefused: "the broker's certificate is not accepted"
        case .ownExpired: "the broker says that this box's certificate has expired"
        case .ownUnknownAuthority: "the broker does not know the authority of this box's certificate"
        case .ownRevoked: "the broker says that this box's certificate was revoked"
        case .ownMissing: "the broker wants a certificate of this box, and none is configured"
        case .ownRefused: "the broker refuses this box's certificate"
        case .ownFiles: "this box's own certificate, key or authority file cannot be used"
        case .protocolTooOld: "the broker speaks nothing newer than TLS 1.1, and this box nothing older than TLS 1.2"
        case .notTLS: "what answers there does not speak TLS"
        case .unknown: "the broker and this box do not come to terms"
        }
    }

    /// Reads a cause.
    ///
    /// - Parameters:
    ///   - complaint: what the library logged.
    ///   - verification: OpenSSL's verdict on the broker's certificate (`X509_V_…`), 0 when it was believed.
    ///   - hasCertificate: whether this box has a certificate to show.
    init(complaint: String, verification: Int, hasCertificate: Bool) {
        // Swift's own search of a text in a text would bring the library for regular expressions along: 800 KiB.
        func says(_ texts: String...) -> Bool { texts.contains { strstr(complaint, $0) != nil } }
        if says("host name verification failed") {
            self = .brokerWrongName
        } else if says("Unable to load", "are inconsistent", "SSL_CTX_use", "key values mismatch", "no start line") {
            self = .ownFiles
        } else if verification != 0 {
            self = Self.brokers(verification)
        } else if says("alert certificate expired") {
            self = .ownExpired
        } else if says("alert unknown ca") {
            self = .ownUnknownAuthority
        } else if says("alert certificate revoked") {
            self = .ownRevoked
        } else if says("alert certificate required") {
            self = .ownMissing
        } else if says("alert protocol version", "unsupported protocol") {
            self = .protocolTooOld
        } else if says("wrong version number", "http request", "packet length too long") {
            self = .notTLS
        } else if says("alert handshake failure"), !hasCertificate {
            // Up to TLS 1.2 that is how the lack of a certificate is told.
            self = .ownMissing
        } else if says(
            "alert bad certificate", "alert certificate unknown", "alert unsupported certificate",
            "alert access denied")
        {
            self = .ownRefused
        } else if says("certificate verify failed") {
            self = .brokerRefused
        } else {
            self = .unknown
        }
    }

    private static func brokers(_ verification: Int) -> TLSCause {
        switch verification {
        case 9: .brokerNotYetValid
        case 10: .brokerExpired
        case 2, 18, 19, 20, 21, 24, 27: .brokerUnknownAuthority
        case 62, 64: .brokerWrongName
        default: .brokerRefused
        }
    }
}
