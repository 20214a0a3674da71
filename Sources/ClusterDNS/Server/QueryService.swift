internal import APIMachinery
internal import Determinism
internal import NIOCore

/// Answers queries: from memory at once, otherwise when a server outside has answered.
struct QueryService: Sendable {
    enum Reply {
        case none
        case now([UInt8])
        case later(EventLoopFuture<[UInt8]>)
    }

    /// How the client came; it decides how long an answer may be.
    enum Transport { case datagram, stream }

    private let chain: ResolverChain
    private let forwarder: Forwarder
    private let random: any RandomSource

    init(_ chain: ResolverChain, _ forwarder: Forwarder, random: any RandomSource) {
        self.chain = chain
        self.forwarder = forwarder
        self.random = random
    }

    /// Must be called on the forwarder's event loop.
    func reply(to bytes: [UInt8], over transport: Transport) -> Reply {
        switch QueryIntake(bytes) {
        case .ignored: return .none
        case .refused(let response): return .now(DNSWriter.write(response))
        case .asked(let query, let question):
            let limit = transport == .datagram ? query.datagramLimit : DNSMessage.bytesMax
            switch chain.resolve(question) {
            case .answered(let answer):
                return .now(DNSWriter.write(query.response(shuffled(answer)), limit: limit))
            case .elsewhere(let question, let aliases):
                if let answer = forwarder.remembered(question) {
                    return .now(Self.write(query, aliases, answer, limit))
                }
                return .later(forwarder.resolve(question).map { Self.write(query, aliases, $0, limit) })
            }
        }
    }

    private static func write(
        _ query: DNSMessage, _ aliases: [ResourceRecord], _ answer: ResolvedAnswer, _ limit: Int
    ) -> [UInt8] {
        var answer = answer
        answer.answers = aliases + answer.answers
        return DNSWriter.write(query.response(answer), limit: limit)
    }

    /// Clients take the first address; all endpoints of a headless Service should get their share.
    private func shuffled(_ answer: ResolvedAnswer) -> ResolvedAnswer {
        guard answer.answers.count > 1 else { return answer }
        var answer = answer
        let first = answer.answers.firstIndex { $0.type != .cname } ?? 0
        for index in (first + 1..<max(first + 1, answer.answers.count)).reversed() {
            answer.answers.swapAt(index, first + random.below(index - first + 1))
        }
        return answer
    }
}
