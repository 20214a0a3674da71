/// An amount of a resource: `500m`, `2Gi`, `1e3`.
///
/// Exact to a billionth (finer is rounded away from zero) and up to 10^29. The text keeps the family of
/// suffixes it was written in; equality and order are those of the amount.
/// The rules are those of Kubernetes' resource.Quantity.
package struct Quantity: Sendable {
    /// The family of suffixes.
    package enum Format: Sendable {
        /// n u m k M G T P E
        case decimalSI
        /// Ki Mi Gi Ti Pi Ei
        case binarySI
        /// e3 e6
        case decimalExponent
    }

    /// The amount in billionths.
    package private(set) var nanos: Int128
    package private(set) var format: Format

    /// Zero.
    package init() {
        nanos = 0
        format = .decimalSI
    }

    fileprivate init(nanos: Int128, format: Format) {
        self.nanos = nanos
        self.format = format
    }

    package static func milli(_ value: Int64, format: Format = .decimalSI) -> Quantity {
        Quantity(nanos: Int128(value) * 1_000_000, format: format)
    }

    package static func units(_ value: Int64, format: Format = .decimalSI) -> Quantity {
        Quantity(nanos: Int128(value) * nanosPerUnit, format: format)
    }

    package static let zero = Quantity()

    package var isZero: Bool { nanos == 0 }
    package var isNegative: Bool { nanos < 0 }

    /// Whole units, rounded away from zero; cut to what 64 bits hold.
    package var value: Int64 { scaled(Quantity.nanosPerUnit) }

    /// Thousandths, rounded away from zero; cut to what 64 bits hold.
    package var milliValue: Int64 { scaled(1_000_000) }

    package var doubleValue: Double { Double(nanos) / 1e9 }

    private func scaled(_ divisor: Int128) -> Int64 {
        let (quotient, remainder) = nanos.quotientAndRemainder(dividingBy: divisor)
        return Int64(clamping: remainder == 0 ? quotient : quotient + remainder.signum())
    }

    fileprivate static let nanosPerUnit: Int128 = 1_000_000_000
}

extension Quantity: Hashable, Comparable {
    package static func == (left: Quantity, right: Quantity) -> Bool { left.nanos == right.nanos }
    package static func < (left: Quantity, right: Quantity) -> Bool { left.nanos < right.nanos }
    package func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

extension Quantity {
    /// A sum takes the family of the left side, or of the right side when the left one is zero.
    package static func + (left: Quantity, right: Quantity) -> Quantity {
        let sum = left.nanos.addingReportingOverflow(right.nanos)
        precondition(!sum.overflow, "quantity overflow: \(left) + \(right)")
        return Quantity(nanos: sum.partialValue, format: left.isZero ? right.format : left.format)
    }

    package static func - (left: Quantity, right: Quantity) -> Quantity { left + -right }

    package static prefix func - (quantity: Quantity) -> Quantity {
        Quantity(nanos: -quantity.nanos, format: quantity.format)
    }

    package static func += (left: inout Quantity, right: Quantity) { left = left + right }
    package static func -= (left: inout Quantity, right: Quantity) { left = left - right }

    /// The product; traps where it leaves 128 bits.
    package static func * (left: Quantity, factor: Int64) -> Quantity {
        Quantity(nanos: left.nanos * Int128(factor), format: left.format)
    }
}

// MARK: Text

/// Why a text is no quantity, in upstream's words.
package enum QuantityError: Error, Sendable, CustomStringConvertible {
    case format
    case number
    case suffix

    package var description: String {
        switch self {
        case .format:
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        case .number: "unable to parse numeric part of quantity"
        case .suffix: "unable to parse quantity's suffix"
        }
    }
}

extension Quantity: CustomStringConvertible {
    package var description: String { text }

    /// The canonical form: no fraction, the largest suffix of the family that allows it. A binary amount
    /// below 1024, or one that is not whole, is written in decimal.
    package var text: String {
        if nanos == 0 { return "0" }
        if format == .binarySI {
            let (units, rest) = nanos.quotientAndRemainder(dividingBy: Quantity.nanosPerUnit)
            if rest == 0, units.magnitude >= 1024 { return Quantity.binaryText(units) }
        }
        var mantissa = nanos
        var exponent = -9
        let isSI = format != .decimalExponent
        while mantissa % 1000 == 0, !isSI || exponent < 18 {
            mantissa /= 1000
            exponent += 3
        }
        if isSI { return "\(mantissa)\(Quantity.decimalSuffixes[exponent / 3 + 3])" }
        return exponent == 0 ? "\(mantissa)" : "\(mantissa)e\(exponent)"
    }

    private static func binaryText(_ units: Int128) -> String {
        var mantissa = units
        var power = 0
        while mantissa % 1024 == 0, power < binarySuffixes.count - 1 {
            mantissa /= 1024
            power += 1
        }
        return "\(mantissa)\(binarySuffixes[power])"
    }

    private static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
    private static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
}

extension Quantity {
    /// `nil` for what ``init(parsing:)`` refuses.
    package init?(_ text: String) {
        do {
            try self.init(parsing: text)
        } catch {
            return nil
        }
    }

    package init(parsing text: String) throws(QuantityError) {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(QuantityError) in try QuantityText(bytes) }
        }
        self = try result.get().quantity()
    }

    /// What the API keeps of a text: the text itself when it is (nearly) canonical, else the canonical form.
    /// Upstream leaves `1.500`, `+5` and `005Ki` as they are, so a round trip must do so, too.
    package static func canonicalText(_ text: String) throws(QuantityError) -> String {
        if text == "0" { return text }
        var copy = text
        let parts = try copy.withUTF8 { bytes in
            Result { () throws(QuantityError) in try QuantityText(bytes) }
        }.get()
        return parts.isKeptAsWritten ? text : try parts.quantity().text
    }
}

/// The parts of a quantity's text.
private struct QuantityText {
    private var isNegative = false
    /// The digits before and after the point, as one number without its leading zeros.
    private var digits: Int128 = 0
    /// Digits do not fit in 128 bits.
    private var isTooLong = false
    /// How many digits stand before the point (leading zeros aside, but at least one), and after it.
    private var wholeDigits = 0
    private var fractionDigits = 0
    private var startsWithZero = false
    private var base = 10
    private var exponent = 0
    private var format = Quantity.Format.decimalSI

    init(_ text: UnsafeBufferPointer<UInt8>) throws(QuantityError) {
        guard !text.isEmpty else { throw .format }
        var rest = Slice(base: text, bounds: text.startIndex..<text.endIndex)
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        while let byte = rest.first, QuantityText.isDigit(byte) {
            add(byte)
            if wholeDigits > 0 || byte != UInt8(ascii: "0") { wholeDigits += 1 }
            rest = rest.dropFirst()
        }
        startsWithZero = wholeDigits == 0
        wholeDigits = max(wholeDigits, 1)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            while let byte = rest.first, QuantityText.isDigit(byte) {
                add(byte)
                fractionDigits += 1
                rest = rest.dropFirst()
            }
        }
        try readSuffix(rest)
    }

    private mutating func add(_ digit: UInt8) {
        let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
        let (sum, carried) = product.addingReportingOverflow(Int128(digit - UInt8(ascii: "0")))
        if overflow || carried { isTooLong = true } else { digits = sum }
    }

    private mutating func readSuffix(_ suffix: Slice<UnsafeBufferPointer<UInt8>>) throws(QuantityError) {
        var tail = suffix.drop { QuantityText.suffixLetters.contains($0) }
        if let sign = tail.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { tail = tail.dropFirst() }
        guard tail.allSatisfy(QuantityText.isDigit) else { throw .format }

        switch String(decoding: suffix, as: UTF8.self) {
        case "": exponent = 0
        case "n": exponent = -9
        case "u": exponent = -6
        case "m": exponent = -3
        case "k": exponent = 3
        case "M": exponent = 6
        case "G": exponent = 9
        case "T": exponent = 12
        case "P": exponent = 15
        case "E": exponent = 18
        case "Ki": (base, exponent, format) = (2, 10, .binarySI)
        case "Mi": (base, exponent, format) = (2, 20, .binarySI)
        case "Gi": (base, exponent, format) = (2, 30, .binarySI)
        case "Ti": (base, exponent, format) = (2, 40, .binarySI)
        case "Pi": (base, exponent, format) = (2, 50, .binarySI)
        case "Ei": (base, exponent, format) = (2, 60, .binarySI)
        case let other:
            guard let first = other.utf8.first, first | 0x20 == UInt8(ascii: "e"),
                let number = Int32(other.dropFirst())
            else { throw .suffix }
            exponent = Int(number)
            format = .decimalExponent
        }
    }

    func quantity() throws(QuantityError) -> Quantity {
        guard !isTooLong else { throw .number }
        var nanos = digits
        if base == 2 {
            let (product, overflow) = nanos.multipliedReportingOverflow(by: Int128(1) << Int128(exponent))
            guard !overflow else { throw .number }
            nanos = product
        }
        let shift = 9 - fractionDigits + (base == 10 ? exponent : 0)
        nanos = try QuantityText.scale(nanos, by: shift)
        var format = format
        if format == .binarySI {
            // A binary amount is capped at 2^63 - 1, as upstream does.
            nanos = min(nanos, Int128(Int64.max) * 1_000_000_000)
            if nanos < 1_000_000_000, nanos > 0 { format = .decimalSI }
        }
        return Quantity(nanos: isNegative ? -nanos : nanos, format: format)
    }

    /// Upstream's test for taking a text as canonical, which looks at no more than this.
    var isKeptAsWritten: Bool {
        let scale = exponent - fractionDigits
        switch format {
        case .binarySI:
            let precision = 15 - wholeDigits - exponent * 3 / 10 - 1
            return fractionDigits == 0 && precision >= 0 && digits & 7 != 0
        case .decimalSI, .decimalExponent:
            guard wholeDigits + fractionDigits <= 18, scale >= -9 else { return false }
            return scale % 3 == 0 && !startsWithZero && digits % 1000 != 0
        }
    }

    /// number * 10^exponent, rounded up.
    private static func scale(_ number: Int128, by exponent: Int) throws(QuantityError) -> Int128 {
        if number == 0 { return 0 }
        var result = number
        if exponent >= 0 {
            guard exponent <= 38 else { throw .number }
            for _ in 0..<exponent {
                let (product, overflow) = result.multipliedReportingOverflow(by: 10)
                guard !overflow else { throw .number }
                result = product
            }
            return result
        }
        var isExact = true
        for _ in 0..<min(-exponent, 39) {
            isExact = isExact && result % 10 == 0
            result /= 10
        }
        return isExact ? result : result + 1
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static let suffixLetters = Set("eEinumkKMGTP".utf8)
}
