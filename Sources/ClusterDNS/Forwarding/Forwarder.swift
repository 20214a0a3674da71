internal import APIMachinery
internal import Determinism
internal import NIOCore

/// Asks servers outside, and remembers what they said.
///
/// Confined to its event loop, so that an answer from memory costs no lock.
// @unchecked: every member is touched on `eventLoop` only, which each entry checks.
final class Forwarder: @unchecked Sendable {
    /// Questions that wait for servers; more are refused at once.
    static let waitingMax = 1_000
    /// How often one question is sent, to whichever servers.
    static let attemptsMax = 3

    private let servers: [SocketAddress]
    private let eventLoop: any EventLoop
    private let time: any Timekeeper
    private let random: any RandomSource
    private var cache = AnswerCache()
    private var waiting: [DNSQuestion: EventLoopFuture<ResolvedAnswer>] = [:]
    /// The server that answered last; it is asked first.
    private var preferred = 0

    init(
        servers: [SocketAddress], eventLoop: any EventLoop, time: any Timekeeper, random: any RandomSource
    ) {
        self.servers = servers
        self.eventLoop = eventLoop
        self.time = time
        self.random = random
    }

    /// The answer from memory, or `nil` if a server must be asked.
    func remembered(_ question: DNSQuestion) -> ResolvedAnswer? {
        eventLoop.preconditionInEventLoop()
        return cache.answer(to: question, at: time.uptime)
    }

    /// Asks the servers; never fails, but says so in the answer's code.
    func resolve(_ question: DNSQuestion) -> EventLoopFuture<ResolvedAnswer> {
        eventLoop.preconditionInEventLoop()
        if let known = waiting[question] { return known }
        guard !servers.isEmpty, waiting.count < Self.waitingMax else {
            let code = servers.isEmpty ? ResponseCode.refused : .serverFailure
            return eventLoop.makeSucceededFuture(ResolvedAnswer(code: code))
        }
        let promise = eventLoop.makePromise(of: ResolvedAnswer.self)
        waiting[question] = promise.futureResult
        attempt(question, number: 0, promise)
        return promise.futureResult
    }

    private func attempt(_ question: DNSQuestion, number: Int, _ promise: EventLoopPromise<ResolvedAnswer>) {
        let index = (preferred + number) % servers.count
        UpstreamExchange(server: servers[index], eventLoop: eventLoop).ask(query(question)).hop(to: eventLoop)
            .whenComplete { result in
                let isLast = number + 1 >= Self.attemptsMax
                switch result {
                case .success(let message) where message.code != .serverFailure || isLast:
                    self.preferred = index
                    self.finish(question, ResolvedAnswer(message), promise)
                case .failure where isLast:
                    self.finish(question, ResolvedAnswer(code: .serverFailure), promise)
                case .success, .failure:
                    self.attempt(question, number: number + 1, promise)
                }
            }
    }

    private func finish(
        _ question: DNSQuestion, _ answer: ResolvedAnswer, _ promise: EventLoopPromise<ResolvedAnswer>
    ) {
        waiting[question] = nil
        cache.store(answer, for: question, at: time.uptime)
        promise.succeed(answer)
    }

    private func query(_ question: DNSQuestion) -> DNSMessage {
        var query = DNSMessage(id: UInt16(truncatingIfNeeded: random.next()))
        query.recursionDesired = true
        query.questions = [question]
        query.extensions = DNSExtensions(datagramBytes: DNSExtensions.datagramBytesOurs)
        return query
    }
}

extension ResolvedAnswer {
    /// What a server said.
    fileprivate init(_ message: DNSMessage) {
        self.init(
            code: message.code, answers: message.answers, authorities: message.authorities,
            additionals: message.additionals)
    }
}
