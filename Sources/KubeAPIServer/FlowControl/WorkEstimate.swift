internal import Determinism

/// How much of the server a request needs, in seats (`apiserver/pkg/util/flowcontrol/request`).
package struct WorkEstimate: Hashable, Sendable {
    /// While it is answered.
    package var seats: Int
    /// Afterwards, while its event is brought to watchers, for so long.
    package var finalSeats: Int
    package var afterwards: Duration

    package init(seats: Int = 1, finalSeats: Int = 0, afterwards: Duration = .zero) {
        self.seats = seats
        self.finalSeats = finalSeats
        self.afterwards = afterwards
    }

    static let listSeatsMax = 100
    static let writeSeatsMax = 10
    static let watchesPerSeat = 10
    static let eventDuration = Duration.milliseconds(5)
    static let bytesPerSeat = 100_000
    /// Lists go out of a cache as a stream: more than this is not held at once.
    static let streamedMax = 1_000_000
    /// What an object of unknown size may have.
    static let objectSizeMax = 1_500_000

    package var seatsMax: Int { max(seats, finalSeats) }

    /// In seat-seconds, when the answer takes `service` seconds.
    func work(service: Double) -> Double { Double(seats) * service + Double(finalSeats) * afterwards.inSeconds }

    /// A list, or a watch that begins with one.
    ///
    /// - limit: of the page; 0 for all.
    /// - selectsOne: by its name.
    /// - levelMax: seats that its level gives to one request at most; 0: no such bound.
    package static func list(
        objects: Int, averageSize: Int, limit: Int, selectsOne: Bool, levelMax: Int
    ) -> WorkEstimate {
        let size = averageSize <= 0 && objects > 0 ? objectSizeMax : averageSize
        let count = selectsOne ? 1 : limit > 0 ? min(limit, objects) : objects
        let bytes = min(count.multipliedReportingOverflow(by: size).partialValue, streamedMax)
        return WorkEstimate(seats: bounded((bytes + bytesPerSeat - 1) / bytesPerSeat, listSeatsMax, levelMax))
    }

    /// A write, whose event goes to so many watches.
    package static func write(watches: Int, levelMax: Int) -> WorkEstimate {
        guard watches >= watchesPerSeat else { return WorkEstimate() }
        let wanted = (watches + watchesPerSeat - 1) / watchesPerSeat
        let given = bounded(wanted, writeSeatsMax, levelMax)
        // Fewer seats are held for longer.
        let nanoseconds = eventDuration.wholeNanoseconds * Int64(wanted) / Int64(given)
        return WorkEstimate(seats: 1, finalSeats: given, afterwards: .nanoseconds(nanoseconds))
    }

    private static func bounded(_ seats: Int, _ own: Int, _ level: Int) -> Int {
        max(1, min(seats, level > 0 ? min(level, own) : own))
    }
}
