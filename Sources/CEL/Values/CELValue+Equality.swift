extension CELValue {
    /// Equality across types: numbers by their worth, everything else only within its type.
    func isEqual(to other: CELValue) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.int(let a), .uint(let b)), (.uint(let b), .int(let a)): a >= 0 && UInt64(a) == b
        case (.int(let a), .double(let b)), (.double(let b), .int(let a)): Double(a) == b
        case (.uint(let a), .double(let b)), (.double(let b), .uint(let a)): Double(a) == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.duration(let a), .duration(let b)): a == b
        case (.list(let a), .list(let b)): a.isEqual(to: b)
        case (.map(let a), .map(let b)): a.isEqual(to: b)
        case (.type(let a), .type(let b)): a.runtimeName == b.runtimeName
        case (.optional(let a), .optional(let b)): CELValue.areEqual(a.value, b.value)
        case (.object(let a), .object(let b)): a.isEqual(to: b)
        default: false
        }
    }

    private static func areEqual(_ one: CELValue?, _ other: CELValue?) -> Bool {
        switch (one, other) {
        case (nil, nil): true
        case (let one?, let other?): one.isEqual(to: other)
        default: false
        }
    }

    /// -1, 0 or 1; throws where the two have no order.
    func compare(_ other: CELValue) throws(CELEvaluationError) -> Int {
        switch (self, other) {
        case (.bool(let a), .bool(let b)): return a == b ? 0 : b ? -1 : 1
        case (.int(let a), .int(let b)): return CELValue.order(a, b)
        case (.uint(let a), .uint(let b)): return CELValue.order(a, b)
        case (.int(let a), .uint(let b)): return a < 0 ? -1 : CELValue.order(UInt64(a), b)
        case (.uint(let a), .int(let b)): return b < 0 ? 1 : CELValue.order(a, UInt64(b))
        case (.double(let a), .double(let b)):
            if a.isNaN || b.isNaN { throw CELEvaluationError("NaN values cannot be ordered") }
            return CELValue.order(a, b)
        case (.int(let a), .double(let b)): return try CELValue.order(a, b)
        case (.double(let a), .int(let b)): return try -CELValue.order(b, a)
        case (.uint(let a), .double(let b)): return try CELValue.order(a, b)
        case (.double(let a), .uint(let b)): return try -CELValue.order(b, a)
        case (.string(let a), .string(let b)):
            return a.utf8.elementsEqual(b.utf8) ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        case (.bytes(let a), .bytes(let b)): return a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
        case (.timestamp(let a), .timestamp(let b)): return CELValue.order(a, b)
        case (.duration(let a), .duration(let b)): return CELValue.order(a, b)
        default: throw .noSuchOverload
        }
    }

    private static func order<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a == b ? 0 : 1 }

    private static func order<T: FixedWidthInteger>(_ a: T, _ b: Double) throws(CELEvaluationError) -> Int {
        if b.isNaN { throw CELEvaluationError("NaN values cannot be ordered") }
        if b < Double(T.min) { return 1 }
        if b > Double(T.max) { return -1 }
        return order(Double(a), b)
    }

    /// Whether values of this kind have an order.
    var isComparable: Bool {
        switch self {
        case .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration: true
        default: false
        }
    }
}
