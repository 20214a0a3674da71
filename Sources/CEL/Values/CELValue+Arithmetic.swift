extension CELValue {
    func calculate(_ operation: Node.Arithmetic, _ other: CELValue) throws(CELEvaluationError) -> CELValue {
        switch (self, other) {
        case (.int(let a), .int(let b)): return .int(try CELValue.calculate(operation, a, b, overflow: .intOverflow))
        case (.uint(let a), .uint(let b)):
            return .uint(try CELValue.calculate(operation, a, b, overflow: .uintOverflow))
        case (.double(let a), .double(let b)):
            switch operation {
            case .add: return .double(a + b)
            case .subtract: return .double(a - b)
            case .multiply: return .double(a * b)
            case .divide: return .double(a / b)
            case .modulo: throw .noSuchOverload(operation.function)
            }
        default:
            switch operation {
            case .add: return try adding(other)
            case .subtract: return try subtracting(other)
            case .multiply, .divide, .modulo:
                throw hasArithmetic(operation) ? .noSuchOverload : .noSuchOverload(operation.function)
            }
        }
    }

    private func hasArithmetic(_ operation: Node.Arithmetic) -> Bool {
        switch self {
        case .int, .uint: true
        case .double: operation != .modulo
        default: false
        }
    }

    private static func calculate<T: FixedWidthInteger>(
        _ operation: Node.Arithmetic, _ a: T, _ b: T, overflow error: CELEvaluationError
    ) throws(CELEvaluationError) -> T {
        let (value, overflow): (T, Bool)
        switch operation {
        case .add: (value, overflow) = a.addingReportingOverflow(b)
        case .subtract: (value, overflow) = a.subtractingReportingOverflow(b)
        case .multiply: (value, overflow) = a.multipliedReportingOverflow(by: b)
        case .divide:
            if b == 0 { throw .divisionByZero }
            (value, overflow) = a.dividedReportingOverflow(by: b)
        case .modulo:
            if b == 0 { throw .modulusByZero }
            (value, overflow) = a.remainderReportingOverflow(dividingBy: b)
        }
        guard !overflow else { throw error }
        return value
    }

    private func adding(_ other: CELValue) throws(CELEvaluationError) -> CELValue {
        switch (self, other) {
        case (.string(let a), .string(let b)): return .string(a + b)
        case (.bytes(let a), .bytes(let b)): return .bytes(a + b)
        case (.list(let a), .list(let b)): return .list(a.adding(b))
        case (.duration(let a), .duration(let b)):
            let (sum, overflow) = a.addingReportingOverflow(b)
            guard !overflow else { throw .durationOverflow }
            return .duration(sum)
        case (.timestamp(let time), .duration(let duration)), (.duration(let duration), .timestamp(let time)):
            guard let sum = time.adding(duration) else { throw .timestampOverflow }
            return .timestamp(sum)
        case (.string, _), (.bytes, _), (.list, _), (.duration, _), (.timestamp, _), (.int, _), (.uint, _),
            (.double, _):
            throw .noSuchOverload
        default: throw .noSuchOverload("_+_")
        }
    }

    private func subtracting(_ other: CELValue) throws(CELEvaluationError) -> CELValue {
        switch (self, other) {
        case (.duration(let a), .duration(let b)):
            let (difference, overflow) = a.subtractingReportingOverflow(b)
            guard !overflow else { throw .durationOverflow }
            return .duration(difference)
        case (.timestamp(let time), .duration(let duration)):
            guard let difference = time.subtracting(duration) else { throw .timestampOverflow }
            return .timestamp(difference)
        case (.timestamp(let a), .timestamp(let b)):
            guard let difference = a.duration(since: b) else { throw .durationOverflow }
            return .duration(difference)
        case (.duration, _), (.timestamp, _), (.int, _), (.uint, _), (.double, _): throw .noSuchOverload
        default: throw .noSuchOverload("_-_")
        }
    }

    func negated() throws(CELEvaluationError) -> CELValue {
        switch self {
        case .int(let value):
            guard value != .min else { throw .intOverflow }
            return .int(-value)
        case .double(let value): return .double(-value)
        case .duration(let value):
            guard value != .min else { throw .durationOverflow }
            return .duration(-value)
        default: throw .noSuchOverload
        }
    }
}

extension Node.Arithmetic {
    fileprivate var function: String {
        switch self {
        case .add: "_+_"
        case .subtract: "_-_"
        case .multiply: "_*_"
        case .divide: "_/_"
        case .modulo: "_%_"
        }
    }
}

extension CELEvaluationError {
    static func noSuchOverload(_ function: String) -> CELEvaluationError {
        CELEvaluationError("no such overload: \(function)")
    }
}
