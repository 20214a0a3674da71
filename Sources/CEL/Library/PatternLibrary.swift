internal import RE2
internal import Synchronization

/// `find` and `findAll`, and how patterns are compiled for all functions.
enum PatternLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        library.member(
            "find", "string_find_string", "(string, string) -> string",
            .binary { text, pattern throws(CELEvaluationError) in
                .string(try legal(try pattern.string()).firstMatch(in: try text.string()) ?? "")
            })
        library.member(
            "findAll", "string_find_all_string", "(string, string) -> list(string)",
            .binary { text, pattern throws(CELEvaluationError) in
                all(in: try text.string(), try legal(try pattern.string()), max: -1)
            })
        library.member(
            "findAll", "string_find_all_string_int", "(string, string, int) -> list(string)",
            .ternary { text, pattern, max throws(CELEvaluationError) in
                all(in: try text.string(), try legal(try pattern.string()), max: try max.int())
            })
        return library
    }()

    private static func all(in text: String, _ pattern: RE2Pattern, max: Int64) -> CELValue {
        .list(pattern.allMatches(in: text, max: max < 0 ? .max : Int(max)).map { .string($0) })
    }

    private static func legal(_ text: String) throws(CELEvaluationError) -> RE2Pattern {
        do throws(CELEvaluationError) {
            return try pattern(text)
        } catch {
            throw CELEvaluationError("Illegal regex: \(error.message)")
        }
    }

    /// Patterns that are not constants; forgotten altogether when there are too many.
    private static let cache = Mutex<[String: RE2Pattern]>([:])
    private static let cacheMax = 100

    static func pattern(_ text: String) throws(CELEvaluationError) -> RE2Pattern {
        if let known = cache.withLock({ $0[text] }) { return known }
        let made: RE2Pattern
        do throws(RE2Error) {
            made = try RE2Pattern(text)
        } catch {
            throw CELEvaluationError(error.description)
        }
        cache.withLock { patterns in
            if patterns.count >= cacheMax { patterns = [:] }
            patterns[text] = made
        }
        return made
    }

    /// The overloads with a constant pattern compiled in; nil where there is nothing to compile.
    static func compiled(_ overloads: [CELOverload], constant: CELValue?) -> [CELOverload]? {
        guard overloads.count == 1, case .string(let text)? = constant, let pattern = try? RE2Pattern(text) else {
            return nil
        }
        let old = overloads[0]
        let body: CELOverload.Body
        switch old.id {
        case "matches", "matches_string":
            body = .binary { text, _ throws(CELEvaluationError) in .bool(pattern.matches(try text.string())) }
        case "string_find_string":
            body = .binary { text, _ throws(CELEvaluationError) in
                .string(pattern.firstMatch(in: try text.string()) ?? "")
            }
        case "string_find_all_string":
            body = .binary { text, _ throws(CELEvaluationError) in all(in: try text.string(), pattern, max: -1) }
        default: return nil
        }
        return [
            CELOverload(
                old.id, function: old.function, isMember: old.isMember, parameters: old.parameters, result: old.result,
                isUnguarded: old.isUnguarded, body: body)
        ]
    }
}
