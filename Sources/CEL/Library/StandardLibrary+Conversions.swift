extension StandardLibrary {
    static let conversions: CELLibrary = {
        var library = CELLibrary()
        library.global("type", "type", "(A) -> type(A)", .unary { .type($0.type) })
        library.global("dyn", "to_dyn", "(A) -> dyn", .unary { $0 })
        for (function, type, overloads) in table {
            for (id, parameter) in overloads {
                library.global(
                    function, id, "(\(parameter)) -> \(function)",
                    .unary { value throws(CELEvaluationError) in
                        try value.converted(to: type)
                    })
            }
        }
        return library
    }()

    private static let table: [(function: String, type: CELType, overloads: [(String, String)])] = [
        ("bool", .bool, [("bool_to_bool", "bool"), ("string_to_bool", "string")]),
        ("bytes", .bytes, [("bytes_to_bytes", "bytes"), ("string_to_bytes", "string")]),
        (
            "double", .double,
            [
                ("double_to_double", "double"), ("int64_to_double", "int"), ("string_to_double", "string"),
                ("uint64_to_double", "uint"),
            ]
        ),
        ("duration", .duration, [("duration_to_duration", "duration"), ("string_to_duration", "string")]),
        (
            "int", .int,
            [
                ("int64_to_int64", "int"), ("double_to_int64", "double"), ("duration_to_int64", "duration"),
                ("string_to_int64", "string"), ("timestamp_to_int64", "timestamp"), ("uint64_to_int64", "uint"),
            ]
        ),
        (
            "string", .string,
            [
                ("string_to_string", "string"), ("bool_to_string", "bool"), ("bytes_to_string", "bytes"),
                ("double_to_string", "double"), ("duration_to_string", "duration"), ("int64_to_string", "int"),
                ("timestamp_to_string", "timestamp"), ("uint64_to_string", "uint"),
            ]
        ),
        (
            "timestamp", .timestamp,
            [
                ("timestamp_to_timestamp", "timestamp"), ("int64_to_timestamp", "int"),
                ("string_to_timestamp", "string"),
            ]
        ),
        (
            "uint", .uint,
            [
                ("uint64_to_uint64", "uint"), ("double_to_uint64", "double"), ("int64_to_uint64", "int"),
                ("string_to_uint64", "string"),
            ]
        ),
    ]
}

extension CELValue {
    func converted(to type: CELType) throws(CELEvaluationError) -> CELValue {
        switch (self, type) {
        case (.int(let value), .uint):
            guard value >= 0 else { throw .uintOverflow }
            return .uint(UInt64(value))
        case (.int(let value), .double): return .double(Double(value))
        case (.int(let value), .string): return .string(String(value))
        case (.int(let value), .timestamp):
            guard let time = CELTimestamp(seconds: value) else { throw .timestampOverflow }
            return .timestamp(time)
        case (.uint(let value), .int):
            guard let whole = Int64(exactly: value) else { throw .intOverflow }
            return .int(whole)
        case (.uint(let value), .double): return .double(Double(value))
        case (.uint(let value), .string): return .string(String(value))
        case (.double(let value), .int):
            // The least and the largest integer are out of reach: as doubles they cannot be told from their neighbours.
            guard value > -0x1p63, value < 0x1p63 else { throw .intOverflow }
            return .int(Int64(value))
        case (.double(let value), .uint):
            guard value >= 0, value < 0x1p64 else { throw .uintOverflow }
            return .uint(UInt64(value))
        case (.double(let value), .string): return .string(GoNumber.general(value))
        case (.bool(let value), .string): return .string(String(value))
        case (.bytes(let value), .string):
            guard let text = String(validating: value, as: UTF8.self) else {
                throw CELEvaluationError("invalid UTF-8 in bytes, cannot convert to string")
            }
            return .string(text)
        case (.duration(let value), .string): return .string(GoDuration.secondsText(value))
        case (.duration(let value), .int): return .int(value)
        case (.timestamp(let value), .string): return .string(value.text)
        case (.timestamp(let value), .int): return .int(value.seconds)
        case (.string(let text), _): return try CELValue.read(text, as: type)
        default:
            if type.accepts(self) { return self }
            throw .conversion(self, to: type)
        }
    }

    private static func read(_ text: String, as type: CELType) throws(CELEvaluationError) -> CELValue {
        switch type {
        case .int: if let value = Int64(text) { return .int(value) }
        case .uint: if !text.hasPrefix("+"), !text.hasPrefix("-"), let value = UInt64(text) { return .uint(value) }
        case .double: if let value = GoNumber.read(text) { return .double(value) }
        case .bool:
            switch text {
            case "1", "t", "T", "true", "TRUE", "True": return .bool(true)
            case "0", "f", "F", "false", "FALSE", "False": return .bool(false)
            default: break
            }
        case .bytes: return .bytes(Array(text.utf8))
        case .duration: if let value = GoDuration.parse(text) { return .duration(value) }
        case .timestamp:
            do throws(CELTimestamp.ParseError) {
                return .timestamp(try CELTimestamp(parsing: text))
            } catch {
                if error == .range { throw .timestampOverflow }
            }
        case .string: return .string(text)
        default: break
        }
        throw .conversion(.string(text), to: type)
    }
}
