/// After how many seconds those who were refused shall come again: longer, the more were refused lately.
package struct RetryAfterPlan: Sendable {
    static let secondsMax = 32

    private var history: [(second: Int64, refused: Int)] = []
    private var changed: Int64 = 0
    package private(set) var seconds = 1

    package init() {}

    package mutating func refuse(at second: Int64) {
        if history.last?.second == second {
            history[history.count - 1].refused += 1
            return
        }
        let oldest = (history.last?.second ?? second) - Int64(min(2 * seconds, Self.secondsMax))
        history.removeAll { $0.second < oldest }
        adjust(at: second)
        history.append((second, 1))
    }

    private mutating func adjust(at second: Int64) {
        let refused = history.filter { second - $0.second <= seconds }.reduce(0) { $0 + $1.refused }
        if refused >= 3 * seconds, second - changed >= seconds {
            seconds = min(seconds * 2, Self.secondsMax)
            changed = second
        } else if refused < seconds, seconds > 1 {
            seconds -= 1
        }
    }
}
