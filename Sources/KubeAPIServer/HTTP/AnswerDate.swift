package import Determinism
internal import Synchronization

/// When an answer is given, as HTTP writes it (RFC 9110): `Thu, 01 Jan 2026 00:00:00 GMT`.
package final class AnswerDate: Sendable {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private let time: any Timekeeper
    /// Made once a second, for all who answer meanwhile.
    private let latest = Mutex<(second: Int64, text: String)>((.min, ""))

    package init(time: any Timekeeper) { self.time = time }

    package var text: String {
        let now = time.now
        return latest.withLock { latest in
            if latest.second != now.seconds { latest = (now.seconds, Self.text(now)) }
            return latest.text
        }
    }

    private static func text(_ moment: Timestamp) -> String {
        let day = moment.seconds >= 0 ? moment.seconds / 86_400 : (moment.seconds - 86_399) / 86_400
        let weekday = days[Int((day % 7 + 7) % 7)]
        let parts = moment.rfc3339.split { "-T:Z".contains($0) }
        guard parts.count == 6, let month = Int(parts[1]) else { preconditionFailure("\(moment.rfc3339) is no time") }
        return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }
}
