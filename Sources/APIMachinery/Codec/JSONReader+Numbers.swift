extension JSONReader {
    package mutating func readInt32() throws(JSONError) -> Int32 {
        let start = position
        if case .integer(let number) = try readNumber(wanted: "int32"), let small = Int32(exactly: number) {
            return small
        }
        position = start
        throw mismatch("int32")
    }

    package mutating func readInt64() throws(JSONError) -> Int64 {
        let start = position
        if case .integer(let number) = try readNumber(wanted: "int64") { return number }
        position = start
        throw mismatch("int64")
    }

    package mutating func readDouble() throws(JSONError) -> Double {
        switch try readNumber(wanted: "float64") {
        case .integer(let number): Double(number)
        case .double(let number): number
        }
    }

    enum Number {
        case integer(Int64)
        case double(Double)
    }

    /// An integer when it is written as one and fits, else a double; too large for a double is an error.
    mutating func readNumber(wanted: String = "float64") throws(JSONError) -> Number {
        let first = skipSpace()
        guard first == UInt8(ascii: "-") || isDigit(first) else { throw mismatch(wanted) }
        let start = position
        let isNegative = first == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var magnitude: UInt64 = 0
        var isWhole = true
        guard position < count, isDigit(base[position]) else { throw syntaxError("in numeric literal") }
        if base[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            while position < count, isDigit(base[position]) {
                let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt64(base[position] - UInt8(ascii: "0")))
                if overflow || carry { isWhole = false }
                magnitude = sum
                position += 1
            }
        }
        if position < count, base[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try skipDigits("after decimal point in numeric literal")
        }
        if position < count, base[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < count, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits("in exponent of numeric literal")
        }
        if isWhole, !isNegative, let number = Int64(exactly: magnitude) { return .integer(number) }
        if isWhole, isNegative, magnitude <= 1 << 63 { return .integer(Int64(truncatingIfNeeded: 0 &- magnitude)) }
        let text = makeString(from: start, to: position)
        guard let number = Double(text), number.isFinite else {
            throw .mismatch(found: "number \(text)", wanted: wanted, offset: start)
        }
        return .double(number)
    }

    /// The digits of the number at hand, for messages.
    mutating func numberText() throws(JSONError) -> String {
        _ = skipSpace()
        let start = position
        _ = try readNumber()
        return makeString(from: start, to: position)
    }

    private mutating func skipDigits(_ context: String) throws(JSONError) {
        guard position < count, isDigit(base[position]) else { throw syntaxError(context) }
        while position < count, isDigit(base[position]) { position += 1 }
    }

    @inline(__always)
    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
