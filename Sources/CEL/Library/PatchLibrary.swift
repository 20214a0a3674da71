/// Helpers of mutating policies.
package enum PatchLibrary {
    package static let library: CELLibrary = {
        var library = CELLibrary()
        library.global(
            "jsonpatch.escapeKey", "string_jsonpatch_escapeKey_string", "(string) -> string",
            .unary { key throws(CELEvaluationError) in
                let escaped = try key.string().unicodeScalars.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }
                return .string(escaped.joined())
            })
        return library
    }()
}
