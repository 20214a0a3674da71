/// A number, or a text such as `25%` or the name of a port.
package enum IntOrString: Sendable, Hashable {
    case int(Int32)
    case string(String)

    /// The number, or the text.
    package var text: String {
        switch self {
        case .int(let value): String(value)
        case .string(let text): text
        }
    }

    /// The number, or the number that the text is; 0 for any other text.
    package var intValue: Int {
        switch self {
        case .int(let value): Int(value)
        case .string(let text): Int(text) ?? 0
        }
    }

    /// A number as it is; a percentage of `total`, rounded as asked. Any other text is an error.
    package func scaled(of total: Int, roundUp: Bool) throws(IntOrStringError) -> Int {
        switch self {
        case .int(let value): return Int(value)
        case .string(let text):
            guard text.hasSuffix("%") else { throw .notPercentage }
            guard let percentage = Int(text.dropLast()) else { throw .badNumber(text) }
            let (product, overflow) = percentage.multipliedReportingOverflow(by: total)
            guard !overflow else { throw .badNumber(text) }
            let (quotient, rest) = product.quotientAndRemainder(dividingBy: 100)
            if rest == 0 { return quotient }
            return roundUp ? (rest > 0 ? quotient + 1 : quotient) : (rest < 0 ? quotient - 1 : quotient)
        }
    }
}

extension IntOrString: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    package init(integerLiteral value: Int32) { self = .int(value) }
    package init(stringLiteral value: String) { self = .string(value) }
}

/// Why a text cannot be scaled, in upstream's words.
package enum IntOrStringError: Error, Sendable, Equatable, CustomStringConvertible {
    case notPercentage
    case badNumber(String)

    package var description: String {
        switch self {
        case .notPercentage: "invalid value for IntOrString: invalid type: string is not a percentage"
        case .badNumber(let text):
            "invalid value for IntOrString: invalid value \"\(text)\": strconv.Atoi: parsing"
                + " \"\(text.dropLast())\": invalid syntax"
        }
    }
}
