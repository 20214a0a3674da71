/// The changes of a zone's offset, as a file of the database lists them.
struct ZoneFile: Sendable {
    private var times: [Int64] = []
    private var offsets: [Int64] = []
    private var first: Int64 = 0
    /// The rule for the time after the last change.
    private var rule: ZoneRule?

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 44, bytes.starts(with: "TZif".utf8) else { return nil }
        func number(_ position: Int, _ width: Int) -> Int64? {
            guard position + width <= bytes.count else { return nil }
            let value = bytes[position..<(position + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return width == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
        }
        func counts(_ start: Int) -> [Int]? {
            let values = (0..<6).compactMap { number(start + 20 + $0 * 4, 4).map(Int.init) }
            return values.count == 6 && values.allSatisfy { $0 >= 0 } ? values : nil
        }
        var start = 0
        var width = 4
        guard var header = counts(0) else { return nil }
        if bytes[4] >= UInt8(ascii: "2") {
            // The second half has the same in 64 bits.
            start = 44 + header[3] * 5 + header[4] * 6 + header[5] + header[2] * 8 + header[1] + header[0]
            width = 8
            guard let second = counts(start) else { return nil }
            header = second
        }
        let (isUTCount, isStandardCount, leapCount, timeCount, typeCount, charCount) =
            (header[0], header[1], header[2], header[3], header[4], header[5])
        let timesAt = start + 44
        let typesAt = timesAt + timeCount * width
        let infoAt = typesAt + timeCount
        guard typeCount > 0, infoAt + typeCount * 6 <= bytes.count else { return nil }
        func offset(_ type: Int) -> Int64 { number(infoAt + type * 6, 4) ?? 0 }
        first = offset(0)
        for index in 0..<timeCount {
            guard let time = number(timesAt + index * width, width) else { return nil }
            times.append(time)
            offsets.append(offset(Int(bytes[typesAt + index])))
        }
        let footer = infoAt + typeCount * 6 + charCount + leapCount * (width + 4) + isStandardCount + isUTCount
        if width == 8, footer < bytes.count {
            let text = bytes[footer...].drop { $0 == 0x0A }.prefix { $0 != 0x0A }
            rule = ZoneRule(String(decoding: text, as: UTF8.self))
        }
    }

    func offset(at time: Int64) -> Int64 {
        guard let last = times.last, time >= times[0] else {
            return times.isEmpty ? rule?.offset(at: time) ?? first : first
        }
        if time >= last { return rule?.offset(at: time) ?? offsets[offsets.count - 1] }
        var low = 0
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return offsets[low - 1]
    }
}
