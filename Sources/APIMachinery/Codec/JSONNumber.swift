/// Numbers as Go's encoding/json writes them.
package enum JSONNumber {
    /// The shortest digits that read back as the same number: plain from 1e-6 up to 1e21, with an
    /// exponent outside of that.
    package static func text(of value: Double) -> [UInt8] {
        guard value != 0 else { return Array((value.sign == .minus ? "-0" : "0").utf8) }
        let (digits, point) = decimal(value.magnitude)
        var text: [UInt8] = value < 0 ? [UInt8(ascii: "-")] : []
        let zero = UInt8(ascii: "0")
        if value.magnitude < 1e-6 || value.magnitude >= 1e21 {
            text.append(digits[0])
            if digits.count > 1 {
                text.append(UInt8(ascii: "."))
                text.append(contentsOf: digits[1...])
            }
            text.append(contentsOf: "e\(point > 0 ? "+" : "")\(point - 1)".utf8)
        } else if point <= 0 {
            text.append(contentsOf: "0.".utf8)
            text.append(contentsOf: repeatElement(zero, count: -point))
            text.append(contentsOf: digits)
        } else if point >= digits.count {
            text.append(contentsOf: digits)
            text.append(contentsOf: repeatElement(zero, count: point - digits.count))
        } else {
            text.append(contentsOf: digits[..<point])
            text.append(UInt8(ascii: "."))
            text.append(contentsOf: digits[point...])
        }
        return text
    }

    /// Digits without zeros at either end, and where the point belongs: 0.012 is `12` and -1.
    private static func decimal(_ value: Double) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let text = Array(value.description.utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        var position = (point ?? digits.count) + exponent
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        position -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, position)
    }
}
