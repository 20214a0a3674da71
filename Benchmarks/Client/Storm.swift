internal import NIOCore

/// Sends the same request over and over, a fixed number of them at a time, until it is told to end.
// Unchecked: everything is touched on the connection's event loop only.
final class Storm: @unchecked Sendable {
    private let call: Call
    private let connection: Connection
    private let promise: EventLoopPromise<Int>
    private var underWay = 0
    private var answered = 0
    private var isEnding = false

    init(_ call: Call, over connection: Connection) {
        self.call = call
        self.connection = connection
        promise = connection.eventLoop.makePromise()
    }

    func begin(atATime count: Int) {
        connection.eventLoop.execute { for _ in 0..<count { self.sendNext() } }
    }

    /// Waits for what is under way; tells how many were answered, and throws when one was not with 2xx.
    func end() async throws -> Int {
        connection.eventLoop.execute {
            self.isEnding = true
            if self.underWay == 0 { self.promise.succeed(self.answered) }
        }
        return try await promise.futureResult.get()
    }

    private func sendNext() {
        underWay += 1
        connection.send(call) { self.take($0) }
    }

    private func take(_ result: Result<Answer, any Error>) {
        underWay -= 1
        switch result {
        case .failure(let error):
            promise.fail(error)
        case .success(let answer) where !(200..<300).contains(answer.status):
            promise.fail(BenchmarkError("a list was answered with \(answer.status)"))
        case .success:
            answered += 1
            if !isEnding { return sendNext() }
            if underWay == 0 { promise.succeed(answered) }
        }
    }
}
