/// Numbers as Go's fmt and strconv write them.
enum GoNumber {
    /// `%g`: the shortest digits, with an exponent below 1e-4 and from 1e21.
    static func general(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        let magnitude = value.magnitude
        guard magnitude < 1e-4 || magnitude >= 1e21 else { return plain(value) }
        let text = value.description
        guard let mark = text.firstIndex(where: { $0 == "e" }) else { return scientific(value) }
        var digits = String(text[..<mark])
        if digits.hasSuffix(".0") { digits.removeLast(2) }
        return digits + exponentText(Int(text[text.index(after: mark)...]) ?? 0)
    }

    /// `%e` with the shortest digits.
    private static func scientific(_ value: Double) -> String {
        let plainText = plain(value.magnitude)
        let digits = plainText.filter { $0 != "." }
        let significant = digits.drop { $0 == "0" }
        let pointIndex = plainText.firstIndex(of: ".").map { plainText.distance(from: plainText.startIndex, to: $0) }
        let exponent = (pointIndex ?? digits.count) - (digits.count - significant.count) - 1
        var mantissa = String(significant)
        while mantissa.count > 1, mantissa.last == "0" { mantissa.removeLast() }
        if mantissa.count > 1 { mantissa.insert(".", at: mantissa.index(after: mantissa.startIndex)) }
        return (value < 0 ? "-" : "") + mantissa + exponentText(exponent)
    }

    private static func exponentText(_ exponent: Int) -> String {
        let digits = String(exponent.magnitude)
        return "e" + (exponent < 0 ? "-" : "+") + (digits.utf8.count < 2 ? "0" + digits : digits)
    }

    /// The shortest digits without an exponent, as strconv's format `f` with precision -1.
    static func plain(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        var digits: [Character] = []
        var point = 0
        var exponent = 0
        let text = value.magnitude.description
        var sawPoint = false
        for (index, character) in zip(text.indices, text) {
            if character == "e" {
                exponent = Int(text[text.index(after: index)...]) ?? 0
                break
            }
            if character == "." {
                sawPoint = true
                continue
            }
            digits.append(character)
            if !sawPoint { point += 1 }
        }
        point += exponent
        while point < 1 {
            digits.insert("0", at: 0)
            point += 1
        }
        while digits.count < point { digits.append("0") }
        var whole = String(digits[..<point])
        while whole.count > 1, whole.first == "0" { whole.removeFirst() }
        var fraction = digits[point...]
        while fraction.last == "0" { fraction.removeLast() }
        return (value.sign == .minus ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + String(fraction))
    }

    /// A number with a fixed count of digits after the point, rounded to even as the exact binary value says.
    static func fixed(_ value: Double, digits: Int) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return DecimalExpansion(value.magnitude).rounded(digits: digits, isNegative: value.sign == .minus)
    }

    /// Scientific with a fixed count of digits after the point: `1.2346e+03`.
    static func scientific(_ value: Double, digits: Int) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let (text, exponent) = DecimalExpansion(value.magnitude).scientific(digits: digits)
        return (value.sign == .minus ? "-" : "") + text + exponentText(exponent)
    }
}

/// All digits of a double, of which there are finitely many.
private struct DecimalExpansion {
    /// Digits before and after the point.
    private var whole: [UInt8]
    private var fraction: [UInt8]

    init(_ magnitude: Double) {
        whole = [0]
        fraction = []
        guard magnitude != 0 else { return }
        // magnitude = significand * 2^exponent with a whole significand.
        let exponent = Int(magnitude.exponent) - 52
        var significand = magnitude.significandBitPattern
        if magnitude.isNormal { significand |= 1 << 52 }
        let power = magnitude.isNormal ? exponent : -1074
        whole = String(significand).utf8.map { $0 - 0x30 }
        for _ in 0..<max(power, 0) { double() }
        for _ in 0..<max(-power, 0) { halve() }
        while whole.count > 1, whole.first == 0 { whole.removeFirst() }
    }

    private mutating func double() {
        var carry: UInt8 = 0
        for index in whole.indices.reversed() {
            let value = whole[index] * 2 + carry
            whole[index] = value % 10
            carry = value / 10
        }
        if carry > 0 { whole.insert(carry, at: 0) }
    }

    private mutating func halve() {
        var rest: UInt8 = 0
        for index in whole.indices {
            let value = rest * 10 + whole[index]
            whole[index] = value / 2
            rest = value % 2
        }
        for index in fraction.indices {
            let value = rest * 10 + fraction[index]
            fraction[index] = value / 2
            rest = value % 2
        }
        if rest > 0 { fraction.append(5) }
        if whole.count > 1, whole.first == 0 { whole.removeFirst() }
    }

    func rounded(digits: Int, isNegative: Bool) -> String {
        let all = DecimalExpansion.round(whole + fraction, keep: whole.count + digits)
        let split = all.count - digits
        let text = String(decoding: all[..<split].map { $0 + 0x30 }, as: UTF8.self)
        let tail = String(decoding: all[split...].map { $0 + 0x30 }, as: UTF8.self)
        return (isNegative ? "-" : "") + text + (digits > 0 ? "." + tail : "")
    }

    func scientific(digits: Int) -> (String, Int) {
        let all = whole + fraction
        guard let first = all.firstIndex(where: { $0 != 0 }) else {
            return ("0" + (digits > 0 ? "." + String(repeating: "0", count: digits) : ""), 0)
        }
        var exponent = whole.count - 1 - first
        var kept = DecimalExpansion.round(Array(all[first...]), keep: digits + 1)
        if kept.count > digits + 1 {
            exponent += 1
            kept.removeLast()
        }
        let text = kept.map { $0 + 0x30 }
        let head = String(decoding: text[..<1], as: UTF8.self)
        return (head + (digits > 0 ? "." + String(decoding: text[1...], as: UTF8.self) : ""), exponent)
    }

    /// Keeps so many digits, rounding half to even; one more where the rounding carries out of the first.
    private static func round(_ digits: [UInt8], keep: Int) -> [UInt8] {
        guard digits.count > keep else { return digits + Array(repeating: 0, count: keep - digits.count) }
        var kept = Array(digits[..<keep])
        let rest = digits[keep...]
        let isHalf = rest.first == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
        let roundsUp = isHalf ? (kept.last ?? 0) % 2 == 1 : (rest.first ?? 0) >= 5
        guard roundsUp else { return kept }
        for index in kept.indices.reversed() {
            if kept[index] < 9 {
                kept[index] += 1
                return kept
            }
            kept[index] = 0
        }
        return [1] + kept
    }
}

extension GoNumber {
    /// As strconv.ParseFloat reads it; nil for anything else or beyond what a double holds.
    static func read(_ text: String) -> Double? {
        switch text.lowercased() {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan": return .nan
        default: break
        }
        let isPlain = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
                || $0 | 0x20 == UInt8(ascii: "e")
        }
        guard isPlain, text.utf8.contains(where: { (0x30...0x39).contains($0) }) else { return nil }
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

/// Numbers in messages, as Go's fmt writes them.
package enum CELNumberText {
    package static func fixed(_ value: Double, digits: Int) -> String { GoNumber.fixed(value, digits: digits) }
}
