// The rungs of the network: the shop's broker, its devices, headquarters, and what waits between them.

import Contract
import Glibc
import ShopModel

/// The network's part of the ladder.
enum NetworkRungs {
    static let all: [Rung] =
        BrokerRungs.all + [DeviceRungs.devices] + HeadquartersRungs.all + [CertificateRungs.certificates]
        + TrafficRungs.all
}

extension CheckContext {
    /// A verdict that needs the configuration; unknown without it, since `configuration.file` says why.
    func withConfiguration(_ body: (Configuration) -> Verdict) -> Verdict {
        guard let configuration else {
            return .unknown(
                words.say("the configuration could not be read", "la configuration n'a pas pu être lue"))
        }
        return body(configuration)
    }

    /// This machine's time, right or wrong.
    var machineTime: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// A broker's password: the file of the configuration, else the box's secret of that name.
    func password(_ broker: Configuration.Broker, secret: String) -> Secret.Reading {
        Secret.read(broker.passwordFile ?? machine("\(Secret.folder)/\(secret)"))
    }

    /// A secret of the box's tools: beside the agent's own, wherever the configuration keeps that.
    func toolPassword(_ name: String) -> Secret.Reading {
        guard let file = configuration?.devices.passwordFile, let slash = file.lastIndex(of: "/") else {
            return Secret.read(machine("\(Secret.folder)/\(name)"))
        }
        return Secret.read(String(file[...slash]) + name)
    }

    /// The rules of this machine's firewall; `nil` when they cannot be seen.
    var firewall: Firewall? {
        shared("firewall") {
            let run = ToolRun.run("nft", ["-j", "list", "ruleset"], seconds: 3, bytesMax: 8 << 20)
            let limits = JSONLimits(bytesMax: 8 << 20, depthMax: 64, elementsMax: 200_000)
            guard run.succeeded, let json = try? JSONReader.read(run.output, limits: limits) else { return nil }
            return Firewall(json)
        }
    }
}

extension Words {
    /// The sentence for a password that cannot be had.
    func secretProblem(_ reading: Secret.Reading) -> String {
        switch reading {
        case .found: ""
        case .missing(let path): say("there is no \(path)", "il n'y a pas de \(path)")
        case .forbidden(let path):
            say("you may not read \(path); check as root", "\(path) est réservé à root ; vérifiez en tant que root")
        }
    }

    /// `3 days`, `1 jour`.
    func days(_ count: Int) -> String {
        say(count == 1 ? "1 day" : "\(count) days", abs(count) <= 1 ? "\(count) jour" : "\(count) jours")
    }

    /// `2 s`, `5 min`, `3 h`, `4 days`.
    func span(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds / 1_000)
        if seconds < 120 { return "\(seconds) s" }
        if seconds < 7_200 { return "\(seconds / 60) min" }
        if seconds < 172_800 { return "\(seconds / 3_600) h" }
        return days(Int(seconds / 86_400))
    }
}
