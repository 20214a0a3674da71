/// The strings extension, version 2: positions count characters.
enum StringLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        addSearch(&library)
        addParts(&library)
        addCases(&library)
        library.member(
            "format", "string_format", "(string, list(dyn)) -> string",
            .binary { text, arguments throws(CELEvaluationError) in
                .string(try StringFormat.format(try text.string(), try arguments.list()))
            })
        library.global(
            "strings.quote", "strings_quote", "(string) -> string",
            .unary { text throws(CELEvaluationError) in .string(quote(try text.string())) })
        return library
    }()

    /// What version 3 added.
    static let reversal: CELLibrary = {
        var library = CELLibrary()
        library.member(
            "reverse", "string_reverse", "(string) -> string",
            .unary { text throws(CELEvaluationError) in
                .string(String(String.UnicodeScalarView(try text.string().unicodeScalars.reversed())))
            })
        return library
    }()

    // MARK: Search

    private static func addSearch(_ library: inout CELLibrary) {
        library.member(
            "indexOf", "string_index_of_string", "(string, string) -> int",
            .binary { text, part throws(CELEvaluationError) in
                .int(try index(of: try part.string(), in: try text.string(), from: 0))
            })
        library.member(
            "indexOf", "string_index_of_string_int", "(string, string, int) -> int",
            .ternary { text, part, offset throws(CELEvaluationError) in
                .int(try index(of: try part.string(), in: try text.string(), from: try offset.int()))
            })
        library.member(
            "lastIndexOf", "string_last_index_of_string", "(string, string) -> int",
            .binary { text, part throws(CELEvaluationError) in
                let scalars = Array(try text.string().unicodeScalars)
                let wanted = Array(try part.string().unicodeScalars)
                if wanted.isEmpty { return .int(Int64(scalars.count)) }
                return .int(Int64(StringSearch.lastIndex(of: wanted, in: scalars, from: scalars.count - 1) ?? -1))
            })
        library.member(
            "lastIndexOf", "string_last_index_of_string_int", "(string, string, int) -> int",
            .ternary { text, part, offset throws(CELEvaluationError) in
                .int(try lastIndex(of: try part.string(), in: try text.string(), from: try offset.int()))
            })
    }

    private static func index(
        of part: String, in text: String, from offset: Int64
    ) throws(CELEvaluationError) -> Int64 {
        guard offset >= 0 else { throw CELEvaluationError("index out of range: \(offset)") }
        let scalars = Array(text.unicodeScalars)
        if part.isEmpty { return min(offset, Int64(scalars.count)) }
        guard offset < Int64(scalars.count) else { return -1 }
        return Int64(StringSearch.index(of: Array(part.unicodeScalars), in: scalars, from: Int(offset)) ?? -1)
    }

    private static func lastIndex(
        of part: String, in text: String, from offset: Int64
    ) throws(CELEvaluationError) -> Int64 {
        guard offset >= 0 else { throw CELEvaluationError("index out of range: \(offset)") }
        let scalars = Array(text.unicodeScalars)
        if part.isEmpty { return min(offset, Int64(scalars.count)) }
        guard offset < Int64(scalars.count) else { return -1 }
        return Int64(StringSearch.lastIndex(of: Array(part.unicodeScalars), in: scalars, from: Int(offset)) ?? -1)
    }

    // MARK: Parts

    private static func addParts(_ library: inout CELLibrary) {
        library.member(
            "charAt", "string_char_at_int", "(string, int) -> string",
            .binary { text, position throws(CELEvaluationError) in
                let scalars = Array(try text.string().unicodeScalars)
                let position = try position.int()
                guard position >= 0, position <= Int64(scalars.count) else {
                    throw CELEvaluationError("index out of range: \(position)")
                }
                return .string(position == Int64(scalars.count) ? "" : String(Character(scalars[Int(position)])))
            })
        library.member(
            "substring", "string_substring_int", "(string, int) -> string",
            .binary { text, start throws(CELEvaluationError) in
                try substring(try text.string(), try start.int(), nil)
            })
        library.member(
            "substring", "string_substring_int_int", "(string, int, int) -> string",
            .ternary { text, start, end throws(CELEvaluationError) in
                try substring(try text.string(), try start.int(), try end.int())
            })
        library.member(
            "split", "string_split_string", "(string, string) -> list(string)",
            .binary { text, separator throws(CELEvaluationError) in
                split(try text.string(), try separator.string(), max: -1)
            })
        library.member(
            "split", "string_split_string_int", "(string, string, int) -> list(string)",
            .ternary { text, separator, max throws(CELEvaluationError) in
                split(try text.string(), try separator.string(), max: try max.int())
            })
        library.member(
            "join", "list_join", "(list(string)) -> string",
            .unary { list throws(CELEvaluationError) in .string(try join(try list.list(), "")) })
        library.member(
            "join", "list_join_string", "(list(string), string) -> string",
            .binary { list, separator throws(CELEvaluationError) in
                .string(try join(try list.list(), try separator.string()))
            })
    }

    private static func substring(
        _ text: String, _ start: Int64, _ end: Int64?
    ) throws(CELEvaluationError) -> CELValue {
        let scalars = Array(text.unicodeScalars)
        let count = Int64(scalars.count)
        if let end, start > end {
            throw CELEvaluationError("invalid substring range. start: \(start), end: \(end)")
        }
        for position in [start, end ?? count] where position < 0 || position > count {
            throw CELEvaluationError("index out of range: \(position)")
        }
        return .string(String(String.UnicodeScalarView(scalars[Int(start)..<Int(end ?? count)])))
    }

    /// Go's SplitN: at most so many parts, all of them below zero, none for zero.
    private static func split(_ text: String, _ separator: String, max: Int64) -> CELValue {
        if max == 0 { return .list([]) }
        let limit = max < 0 ? Int.max : Int(clamping: max)
        let scalars = Array(text.unicodeScalars)
        let wanted = Array(separator.unicodeScalars)
        var parts: [ArraySlice<Unicode.Scalar>] = []
        var start = 0
        while parts.count < limit - 1 {
            if wanted.isEmpty {
                guard start < scalars.count - 1 else { break }
                parts.append(scalars[start...start])
                start += 1
            } else {
                guard let next = StringSearch.index(of: wanted, in: scalars, from: start) else { break }
                parts.append(scalars[start..<next])
                start = next + wanted.count
            }
        }
        if !(wanted.isEmpty && scalars.isEmpty) { parts.append(scalars[start...]) }
        return .list(parts.map { .string(String(String.UnicodeScalarView($0))) })
    }

    private static func join(_ list: CELList, _ separator: String) throws(CELEvaluationError) -> String {
        var joined = ""
        for index in 0..<list.count {
            guard case .string(let text) = list[index] else {
                throw CELEvaluationError("join: invalid input: \(list[index].text)")
            }
            if index > 0 { joined += separator }
            joined += text
        }
        return joined
    }

    // MARK: Cases

    private static func addCases(_ library: inout CELLibrary) {
        library.member(
            "lowerAscii", "string_lower_ascii", "(string) -> string",
            .unary { text throws(CELEvaluationError) in
                .string(
                    String(
                        decoding: try text.string().utf8.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 },
                        as: UTF8.self))
            })
        library.member(
            "upperAscii", "string_upper_ascii", "(string) -> string",
            .unary { text throws(CELEvaluationError) in
                .string(
                    String(
                        decoding: try text.string().utf8.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 },
                        as: UTF8.self))
            })
        library.member(
            "trim", "string_trim", "(string) -> string",
            .unary { text throws(CELEvaluationError) in
                let scalars = try text.string().unicodeScalars.drop { $0.properties.isWhitespace }
                let end = scalars.reversed().drop { $0.properties.isWhitespace }.count
                return .string(String(String.UnicodeScalarView(scalars.prefix(end))))
            })
        library.member(
            "replace", "string_replace_string_string", "(string, string, string) -> string",
            .ternary { text, old, new throws(CELEvaluationError) in
                .string(replace(try text.string(), try old.string(), try new.string(), max: -1))
            })
        library.member(
            "replace", "string_replace_string_string_int", "(string, string, string, int) -> string",
            .variadic { arguments throws(CELEvaluationError) in
                .string(
                    replace(
                        try arguments[0].string(), try arguments[1].string(), try arguments[2].string(),
                        max: try arguments[3].int()))
            })
    }

    /// Go's Replace: an empty old text is before every character and at the end.
    private static func replace(_ text: String, _ old: String, _ new: String, max: Int64) -> String {
        let limit = max < 0 ? Int.max : Int(clamping: max)
        let scalars = Array(text.unicodeScalars)
        let wanted = Array(old.unicodeScalars)
        var result = String.UnicodeScalarView()
        var start = 0
        var count = 0
        while count < limit {
            if wanted.isEmpty {
                result.append(contentsOf: new.unicodeScalars)
                count += 1
                guard start < scalars.count else { break }
                result.append(scalars[start])
                start += 1
            } else {
                guard let next = StringSearch.index(of: wanted, in: scalars, from: start) else { break }
                result.append(contentsOf: scalars[start..<next])
                result.append(contentsOf: new.unicodeScalars)
                start = next + wanted.count
                count += 1
            }
        }
        result.append(contentsOf: scalars[start...])
        return String(result)
    }

    private static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{07}": quoted += "\\a"
            case "\u{08}": quoted += "\\b"
            case "\u{0C}": quoted += "\\f"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0B}": quoted += "\\v"
            case "\\": quoted += "\\\\"
            case "\"": quoted += "\\\""
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
