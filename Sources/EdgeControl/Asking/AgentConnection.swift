// Asks the agent over its control socket, and tells an answer from a refusal from silence.

import Contract
import ControlSocket
import ShopModel

/// The agent at a path.
struct AgentConnection {
    let path: String
    let language: Language
    let seconds: Int

    /// An answer is one line of the control socket, whose elements are a page's or a story's.
    private static let limits = JSONLimits(
        bytesMax: ControlLimits.lineByteCountMax, depthMax: 32, elementsMax: 10_000)

    /// Asks, one request after the other as long as the agent says that it knows no such product.
    func ask(_ requests: [JSON]) throws(Failure) -> JSON {
        for (index, request) in requests.enumerated() {
            do throws(Failure) {
                return try ask(request)
            } catch {
                guard error.code == "product.unknown", index + 1 < requests.count else { throw error }
            }
        }
        throw Failure(code: "control.badAnswer", message: "–", status: .fault)
    }

    func ask(_ request: JSON) throws(Failure) -> JSON {
        let spoken = JSON.object(request.members + [.init("language", .string(language.rawValue))])
        let bytes: [UInt8]
        do throws(ControlError) {
            bytes = try ControlClient.request(
                path: path, line: spoken.encoded(), timeoutMilliseconds: seconds * 1_000)
        } catch {
            throw Failure(error, in: language)
        }
        let answer: JSON
        do throws(Refusal) {
            answer = try JSONReader.read(bytes, limits: Self.limits)
        } catch {
            throw .badAnswer(path: path, reason: error.sentence(in: language), in: language)
        }
        if answer["outcome"]?.text == "done", let result = answer["result"] { return result }
        guard let problem = answer["problem"], let code = problem["code"]?.text else {
            throw .badAnswer(path: path, reason: nil, in: language)
        }
        throw Failure(code: code, message: problem.plain("detail"), status: Self.status(of: code))
    }

    private static func status(of code: String) -> ExitStatus {
        if ["control.busy", "agent.busy", "agent.stuck"].contains(code) { return .unreachable }
        if code.hasPrefix("contract.") || code.hasPrefix("json.") || code == "control.unknownCommand" {
            return .wrongUse
        }
        return .fault
    }
}
