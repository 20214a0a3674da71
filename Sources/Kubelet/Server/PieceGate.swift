internal import Synchronization

/// Hands pieces from one task to another, one at a time.
final class PieceGate: Sendable {
    private struct State {
        var piece: [UInt8]?
        var isFinished = false
        var error: (any Error)?
        var taker: CheckedContinuation<[UInt8]?, any Error>?
        var giver: CheckedContinuation<Void, any Error>?
    }

    private let state = Mutex(State())

    /// Returns once the piece was taken; throws when nobody will take it.
    func put(_ piece: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (giver: CheckedContinuation<Void, any Error>) in
            let (taker, isFinished) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
                if state.isFinished { return (nil, true) }
                if let taker = state.taker {
                    state.taker = nil
                    return (taker, false)
                }
                state.piece = piece
                state.giver = giver
                return (nil, false)
            }
            if isFinished {
                giver.resume(throwing: CancellationError())
            } else if let taker {
                taker.resume(returning: piece)
                giver.resume()
            }
        }
    }

    /// The next piece, nil at the end.
    func take() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { (taker: CheckedContinuation<[UInt8]?, any Error>) in
            enum Now {
                case piece([UInt8], CheckedContinuation<Void, any Error>?)
                case end((any Error)?)
                case wait
            }
            let now: Now = state.withLock { state in
                if let piece = state.piece {
                    defer {
                        state.piece = nil
                        state.giver = nil
                    }
                    return .piece(piece, state.giver)
                }
                if state.isFinished { return .end(state.error) }
                state.taker = taker
                return .wait
            }
            switch now {
            case .piece(let piece, let giver):
                taker.resume(returning: piece)
                giver?.resume()
            case .end(let error):
                if let error { taker.resume(throwing: error) } else { taker.resume(returning: nil) }
            case .wait:
                break
            }
        }
    }

    /// No more pieces will come; what waits on either side is let go.
    func finish(_ error: (any Error)?) {
        let (taker, giver) = state.withLock {
            state -> (CheckedContinuation<[UInt8]?, any Error>?, CheckedContinuation<Void, any Error>?) in
            guard !state.isFinished else { return (nil, nil) }
            state.isFinished = true
            state.error = error
            defer {
                state.taker = nil
                // A cancelled reader will not come for the piece.
                if error != nil {
                    state.giver = nil
                    state.piece = nil
                }
            }
            return (state.taker, error == nil ? nil : state.giver)
        }
        if let error { taker?.resume(throwing: error) } else { taker?.resume(returning: nil) }
        giver?.resume(throwing: CancellationError())
    }
}
