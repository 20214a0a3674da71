/// How the server's seats are shared among levels: what is theirs, and what they lend each other (KEP-1040).
package enum SeatAllocationPlan {
    /// The seats of one level.
    package struct Limits: Sendable, Equatable {
        /// Its share.
        package var nominal: Int
        /// What it never lends.
        package var lower: Int
        /// What it never gets more of.
        package var upper: Int
        /// What one request of it gets at most; 0: no bound of its own.
        package var perRequest: Int

        package init(nominal: Int, lower: Int, upper: Int, perRequest: Int) {
            self.nominal = nominal
            self.lower = lower
            self.upper = upper
            self.perRequest = perRequest
        }
    }

    /// What a level asks for.
    package struct Request: Sendable, Equatable {
        package var limits: Limits
        package var isExempt: Bool
        /// The most that it could use in the last period.
        package var highest: Int
        package var smoothed: Double

        package init(_ limits: Limits, isExempt: Bool, highest: Int, smoothed: Double) {
            self.limits = limits
            self.isExempt = isExempt
            self.highest = highest
            self.smoothed = smoothed
        }

        var floor: Int { max(limits.lower, min(limits.nominal, highest)) }
    }

    package struct Item: Sendable, Equatable {
        package var target: Double
        package var lower: Double
        package var upper: Double

        package init(target: Double, lower: Double, upper: Double) {
            self.target = target
            self.lower = lower
            self.upper = upper
        }
    }

    /// Of the nominal seats, one request gets no more than this part.
    static let perRequestShare = 0.15
    static let targetMin = 0.001

    /// What is said of the levels, as numbers of seats.
    package static func limits(_ levels: [PriorityLevel], total: Int) -> [String: Limits] {
        let sum = levels.reduce(0) { $0 + $1.shares }
        guard sum > 0 else { return [:] }
        return Dictionary(levels.map { level in
            let nominal = (total * level.shares + sum - 1) / sum
            func part(_ percent: Int) -> Int { Int((Double(nominal * percent) / 100).rounded()) }
            let perRequest = level.queuing.map { queuing in
                max(1, min(Int((Double(nominal) * perRequestShare).rounded(.up)), nominal / queuing.handSize))
            }
            let limits = Limits(
                nominal: nominal, lower: nominal - part(level.lendablePercent),
                upper: nominal + (level.borrowingLimitPercent.map(part) ?? total), perRequest: perRequest ?? 0)
            return (level.name, limits)
        }) { $1 }
    }

    /// What each level gets until the next period, and the part of what they want that all get.
    package static func seats(_ requests: [String: Request]) -> (seats: [String: Int], fairFraction: Double) {
        let total = requests.values.reduce(0) { $0 + $1.limits.nominal }
        var seats: [String: Int] = [:]
        for (name, request) in requests where request.isExempt {
            seats[name] = max(request.limits.lower, request.highest)
        }
        let rest = total - seats.values.reduce(0, +)
        let others = requests.filter { !$0.value.isExempt }.sorted { $0.key < $1.key }
        let lowest = others.reduce(0) { $0 + $1.value.limits.lower }
        let floors = others.reduce(0) { $0 + $1.value.floor }
        if rest <= lowest {
            for (name, request) in others { seats[name] = request.limits.lower }
            return (seats, 0)
        }
        if rest <= floors {
            let part = Double(rest - lowest) / Double(floors - lowest)
            for (name, request) in others {
                let more = Double(request.floor - request.limits.lower) * part
                seats[name] = request.limits.lower + Int(more.rounded())
            }
            return (seats, 0)
        }
        let items = others.map { _, request in
            Item(
                target: max(Double(request.floor), request.smoothed), lower: Double(request.floor),
                upper: Double(max(request.limits.upper, request.floor)))
        }
        let (shares, fraction) = share(total, items)
        for ((name, _), share) in zip(others, shares) { seats[name] = Int(share.rounded()) }
        return (seats, fraction)
    }

    /// Everybody gets the same fraction of what they want, except where their bounds say otherwise, and all get `total`
    /// together, if the bounds let them.
    package static func share(_ total: Int, _ items: [Item]) -> (shares: [Double], fraction: Double) {
        func shares(_ fraction: Double) -> [Double] {
            items.map { min(max(max($0.target, targetMin) * fraction, $0.lower), $0.upper) }
        }
        // Between two neighbouring fractions at which somebody meets a bound, the sum is a straight line.
        let corners = items.flatMap { [$0.lower / max($0.target, targetMin), $0.upper / max($0.target, targetMin)] }
            .sorted()
        guard let first = corners.first, let last = corners.last else { return ([], 0) }
        func sum(_ fraction: Double) -> Double { shares(fraction).reduce(0, +) }
        let wanted = Double(total)
        if sum(first) >= wanted { return (shares(first), first) }
        guard let upper = corners.first(where: { sum($0) >= wanted }) else { return (shares(last), last) }
        let lower = corners.last { $0 < upper && sum($0) < wanted } ?? first
        let (low, high) = (sum(lower), sum(upper))
        let fraction = high > low ? lower + (upper - lower) * (wanted - low) / (high - low) : upper
        return (shares(fraction), fraction)
    }
}
