internal import RE2

/// The functions and operators of the language itself.
enum StandardLibrary {
    static let all = [operators, comparisons, conversions, strings, times]

    /// What the interpreter does itself; the signatures are for the checker.
    private static let operators: CELLibrary = {
        var library = CELLibrary()
        func declare(_ function: String, _ overloads: [(String, String)]) {
            for (id, signature) in overloads { library.global(function, id, signature, .builtIn) }
        }
        declare("_?_:_", [("conditional", "(bool, A, A) -> A")])
        declare("_&&_", [("logical_and", "(bool, bool) -> bool")])
        declare("_||_", [("logical_or", "(bool, bool) -> bool")])
        declare("!_", [("logical_not", "(bool) -> bool")])
        declare("@not_strictly_false", [("not_strictly_false", "(bool) -> bool")])
        declare("_==_", [("equals", "(A, A) -> bool")])
        declare("_!=_", [("not_equals", "(A, A) -> bool")])
        declare(
            "_+_",
            [
                ("add_bytes", "(bytes, bytes) -> bytes"), ("add_double", "(double, double) -> double"),
                ("add_duration_duration", "(duration, duration) -> duration"),
                ("add_duration_timestamp", "(duration, timestamp) -> timestamp"),
                ("add_timestamp_duration", "(timestamp, duration) -> timestamp"),
                ("add_int64", "(int, int) -> int"), ("add_list", "(list(A), list(A)) -> list(A)"),
                ("add_string", "(string, string) -> string"), ("add_uint64", "(uint, uint) -> uint"),
            ])
        declare(
            "_-_",
            [
                ("subtract_double", "(double, double) -> double"),
                ("subtract_duration_duration", "(duration, duration) -> duration"),
                ("subtract_int64", "(int, int) -> int"),
                ("subtract_timestamp_duration", "(timestamp, duration) -> timestamp"),
                ("subtract_timestamp_timestamp", "(timestamp, timestamp) -> duration"),
                ("subtract_uint64", "(uint, uint) -> uint"),
            ])
        for (function, name) in [("_*_", "multiply"), ("_/_", "divide")] {
            declare(
                function,
                [
                    ("\(name)_double", "(double, double) -> double"), ("\(name)_int64", "(int, int) -> int"),
                    ("\(name)_uint64", "(uint, uint) -> uint"),
                ])
        }
        declare("_%_", [("modulo_int64", "(int, int) -> int"), ("modulo_uint64", "(uint, uint) -> uint")])
        declare("-_", [("negate_double", "(double) -> double"), ("negate_int64", "(int) -> int")])
        declare("_[_]", [("index_list", "(list(A), int) -> A"), ("index_map", "(map(A, B), A) -> B")])
        declare("@in", [("in_list", "(A, list(A)) -> bool"), ("in_map", "(A, map(A, B)) -> bool")])
        return library
    }()

    private static let comparisons: CELLibrary = {
        var library = CELLibrary()
        let kinds: [(String, String)] = [
            ("bool", "(bool, bool)"), ("int64", "(int, int)"), ("int64_double", "(int, double)"),
            ("int64_uint64", "(int, uint)"), ("uint64", "(uint, uint)"), ("uint64_double", "(uint, double)"),
            ("uint64_int64", "(uint, int)"), ("double", "(double, double)"), ("double_int64", "(double, int)"),
            ("double_uint64", "(double, uint)"), ("string", "(string, string)"), ("bytes", "(bytes, bytes)"),
            ("timestamp", "(timestamp, timestamp)"), ("duration", "(duration, duration)"),
        ]
        for (function, name) in [
            ("_<_", "less"), ("_<=_", "less_equals"), ("_>_", "greater"), ("_>=_", "greater_equals"),
        ] {
            for (kind, parameters) in kinds {
                library.global(function, "\(name)_\(kind)", "\(parameters) -> bool", .builtIn)
            }
        }
        return library
    }()

    private static let strings: CELLibrary = {
        var library = CELLibrary()
        let size = CELOverload.Body.unary { value throws(CELEvaluationError) in
            guard let size = value.size else { throw .noSuchOverload }
            return .int(size)
        }
        for (id, type) in [("bytes", "bytes"), ("list", "list(A)"), ("map", "map(A, B)"), ("string", "string")] {
            library.global("size", "size_\(id)", "(\(type)) -> int", isUnguarded: true, size)
            library.member("size", "\(id)_size", "(\(type)) -> int", isUnguarded: true, size)
        }
        let tests: [(String, String, @Sendable (String, String) -> Bool)] = [
            ("contains", "contains_string", { StringSearch.contains($0, $1) }),
            (
                "endsWith", "ends_with_string",
                { $0.utf8.count >= $1.utf8.count && $0.utf8.suffix($1.utf8.count).elementsEqual($1.utf8) }
            ),
            ("startsWith", "starts_with_string", { $0.utf8.starts(with: $1.utf8) }),
        ]
        for (function, id, test) in tests {
            library.member(
                function, id, "(string, string) -> bool", isUnguarded: true,
                .binary { text, part throws(CELEvaluationError) in .bool(test(try text.string(), try part.string())) })
        }
        let match = CELOverload.Body.binary { text, pattern throws(CELEvaluationError) in
            .bool(try PatternLibrary.pattern(try pattern.string()).matches(try text.string()))
        }
        library.global("matches", "matches", "(string, string) -> bool", isUnguarded: true, match)
        library.member("matches", "matches_string", "(string, string) -> bool", isUnguarded: true, match)
        return library
    }()
}

/// Searching by bytes: Swift's own comparisons take different spellings of a character for the same.
enum StringSearch {
    static func contains(_ text: String, _ part: String) -> Bool {
        index(of: Array(part.utf8), in: Array(text.utf8), from: 0) != nil
    }

    static func index<T: Equatable>(of part: [T], in text: [T], from start: Int) -> Int? {
        guard !part.isEmpty else { return start <= text.count ? start : nil }
        var index = start
        while index + part.count <= text.count {
            if text[index] == part[0], text[index..<(index + part.count)].elementsEqual(part) { return index }
            index += 1
        }
        return nil
    }

    static func lastIndex<T: Equatable>(of part: [T], in text: [T], from start: Int) -> Int? {
        var index = min(start, text.count - part.count)
        while index >= 0 {
            if text[index..<(index + part.count)].elementsEqual(part) { return index }
            index -= 1
        }
        return nil
    }
}

extension CELValue {
    /// What the value is, or `no such overload`.
    func string() throws(CELEvaluationError) -> String {
        guard case .string(let value) = self else { throw .noSuchOverload }
        return value
    }

    func int() throws(CELEvaluationError) -> Int64 {
        guard case .int(let value) = self else { throw .noSuchOverload }
        return value
    }

    func list() throws(CELEvaluationError) -> CELList {
        guard case .list(let value) = self else { throw .noSuchOverload }
        return value
    }
}
