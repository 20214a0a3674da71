/// A set of Unicode scalar values: sorted ranges that neither overlap nor touch.
struct ScalarSet: Sendable, Hashable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let all = ScalarSet(sorted: [0...0x10FFFF])
    static let allButNewline = ScalarSet(sorted: [0...9, 11...0x10FFFF])

    private init(sorted: [ClosedRange<UInt32>]) { ranges = sorted }

    init(_ unsorted: [ClosedRange<UInt32>] = []) {
        ranges = []
        for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, range.lowerBound <= last.upperBound &+ 1 {
                ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
    }

    init(_ scalar: UInt32) { ranges = [scalar...scalar] }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    var inverted: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return ScalarSet(sorted: gaps)
    }

    func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= scalar
    }

    /// With every scalar that differs from one in the set by case only.
    var foldingCase: ScalarSet {
        var extra: [ClosedRange<UInt32>] = []
        for (scalar, others) in CaseFolding.orbits where contains(scalar) {
            for other in others { extra.append(other...other) }
        }
        return extra.isEmpty ? self : ScalarSet(ranges + extra)
    }
}

/// Which scalars are the same letter in another case.
enum CaseFolding {
    /// For each scalar that has one: the others of its orbit (`k` has `K` and the Kelvin sign).
    static let orbits: [UInt32: [UInt32]] = {
        var groups: [UInt32: [UInt32]] = [:]
        // No scalar beyond has a case.
        for number in UInt32(0)...0x1FFFF {
            guard let scalar = Unicode.Scalar(number), scalar.properties.changesWhenCaseMapped else { continue }
            let key = representative(scalar)
            groups[key, default: []].append(number)
        }
        var orbits: [UInt32: [UInt32]] = [:]
        for group in groups.values where group.count > 1 {
            for scalar in group { orbits[scalar] = group.filter { $0 != scalar } }
        }
        return orbits
    }()

    /// Lower case of the upper case, which brings the variants of a letter together.
    private static func representative(_ scalar: Unicode.Scalar) -> UInt32 {
        let upper = single(scalar.properties.uppercaseMapping) ?? scalar
        return (single(upper.properties.lowercaseMapping) ?? upper).value
    }

    private static func single(_ text: String) -> Unicode.Scalar? {
        text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }
}
