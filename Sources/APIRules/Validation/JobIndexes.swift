/// The indexes of a job as texts such as `1,3-5,7`.
enum JobIndexes {
    struct Fault: Error {
        let message: String
    }

    /// How many indexes a text names, which must be in order and below the count of completions.
    static func count(_ text: String, of completions: Int64) -> Result<Int64, Fault> {
        guard !text.isEmpty else { return .success(0) }
        var last: Int64?
        var total: Int64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            switch interval(part, completions) {
            case .failure(let fault): return .failure(fault)
            case .success(let range):
                if let last, last >= range.lowerBound { return .failure(unordered(last, range.lowerBound)) }
                total += Int64(range.count)
                last = range.upperBound
            }
        }
        return .success(total)
    }

    /// The first index that both texts name. What cannot be read is told elsewhere.
    static func overlap(_ completed: String, _ failed: String, of completions: Int64) -> Int64? {
        let ranges = { (text: String) in
            text.split(separator: ",").compactMap { try? interval($0, completions).get() }  // Told elsewhere.
        }
        let others = ranges(failed)
        for range in ranges(completed) {
            if let other = others.first(where: { $0.overlaps(range) }) {
                return max(range.lowerBound, other.lowerBound)
            }
        }
        return nil
    }

    private static func interval(_ text: Substring, _ completions: Int64) -> Result<ClosedRange<Int64>, Fault> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else {
            let rule = "violates the requirement that an index interval can have at most two parts separated by '-'"
            return .failure(Fault(message: "the fragment \"\(text)\" \(rule)"))
        }
        var numbers: [Int64] = []
        for end in ends {
            guard let number = Int64(end) else {
                return .failure(Fault(message: "cannot convert string to integer for index: \"\(end)\""))
            }
            if number >= completions { return .failure(Fault(message: "too large index: \"\(end)\"")) }
            numbers.append(number)
        }
        guard numbers.count == 2 else { return .success(numbers[0]...numbers[0]) }
        if numbers[0] >= numbers[1] { return .failure(unordered(numbers[0], numbers[1])) }
        return .success(numbers[0]...numbers[1])
    }

    private static func unordered(_ previous: Int64, _ current: Int64) -> Fault {
        Fault(message: "non-increasing order, previous: \(previous), current: \(current)")
    }
}
