internal import NIOCore

/// Sends many requests over one connection, a fixed number of them at a time: each that is answered starts the next.
// Unchecked: everything is touched on the connection's event loop only.
final class Lanes: @unchecked Sendable {
    /// What all requests together brought.
    struct Outcome: Sendable {
        var durations: [Duration] = []
        var length = 0
        var received = 0
    }

    private let connection: Connection
    private let calls: [Call]
    private let promise: EventLoopPromise<Outcome>
    private var outcome = Outcome()
    private var next = 0

    private init(_ connection: Connection, _ calls: [Call]) {
        self.connection = connection
        self.calls = calls
        promise = connection.eventLoop.makePromise()
        outcome.durations.reserveCapacity(calls.count)
    }

    /// Sends all of them; throws when one is not answered with 2xx.
    static func send(_ calls: [Call], over connection: Connection, atATime: Int) async throws -> Outcome {
        guard !calls.isEmpty else { return Outcome() }
        let lanes = Lanes(connection, calls)
        connection.eventLoop.execute {
            for _ in 0..<min(atATime, calls.count) { lanes.sendNext() }
        }
        return try await lanes.promise.futureResult.get()
    }

    private func sendNext() {
        guard next < calls.count else { return }
        let call = calls[next]
        next += 1
        connection.send(call) { self.take($0, of: call) }
    }

    private func take(_ result: Result<Answer, any Error>, of call: Call) {
        switch result {
        case .failure(let error):
            promise.fail(error)
            next = calls.count
        case .success(let answer) where !(200..<300).contains(answer.status):
            let text = String(decoding: answer.body.prefix(512), as: UTF8.self)
            promise.fail(BenchmarkError("\(call.method) \(call.target) was answered with \(answer.status): \(text)"))
            next = calls.count
        case .success(let answer):
            outcome.durations.append(answer.duration)
            outcome.length += answer.length
            outcome.received += answer.received
            if outcome.durations.count == calls.count { return promise.succeed(outcome) }
            sendNext()
        }
    }
}
