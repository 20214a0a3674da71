/// Semantic versions.
enum SemverLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        library.add(type: .object("kubernetes.Semver"), named: "kubernetes.Semver")
        library.global(
            "semver", "string_to_semver", "(string) -> kubernetes.Semver",
            .unary { text throws(CELEvaluationError) in try parse(text, normalizes: .bool(false)) })
        library.global(
            "semver", "string_bool_to_semver", "(string, bool) -> kubernetes.Semver",
            .binary { text, normalizes throws(CELEvaluationError) in try parse(text, normalizes: normalizes) })
        library.global(
            "isSemver", "is_semver_string", "(string) -> bool",
            .unary { text in
                // Only whether it can be read is asked.
                .bool((try? parse(text, normalizes: .bool(false))) != nil)
            })
        library.global(
            "isSemver", "is_semver_string_bool", "(string, bool) -> bool",
            .binary { text, normalizes in
                // Only whether it can be read is asked.
                .bool((try? parse(text, normalizes: normalizes)) != nil)
            })
        let parts: [(String, @Sendable (SemanticVersion) -> UInt64)] = [
            ("major", { $0.major }), ("minor", { $0.minor }), ("patch", { $0.patch }),
        ]
        for (name, part) in parts {
            library.member(
                name, "semver_\(name)", "(kubernetes.Semver) -> int",
                .unary { version throws(CELEvaluationError) in
                    .int(Int64(truncatingIfNeeded: part(try version.version())))
                })
        }
        let comparisons: [(String, String, String, @Sendable (Int) -> CELValue)] = [
            ("isGreaterThan", "semver_is_greater_than", "bool", { .bool($0 > 0) }),
            ("isLessThan", "semver_is_less_than", "bool", { .bool($0 < 0) }),
            ("compareTo", "semver_compare_to", "int", { .int(Int64($0)) }),
        ]
        for (function, id, result, answer) in comparisons {
            library.member(
                function, id, "(kubernetes.Semver, kubernetes.Semver) -> \(result)",
                .binary { a, b throws(CELEvaluationError) in answer(try a.version().compare(try b.version())) })
        }
        return library
    }()

    private static func parse(_ text: CELValue, normalizes: CELValue) throws(CELEvaluationError) -> CELValue {
        guard case .string(let text) = text, case .bool(let normalizes) = normalizes else { throw .noSuchOverload }
        do throws(SemanticVersion.Problem) {
            return .object(VersionObject(version: try SemanticVersion(parsing: text, normalizes: normalizes)))
        } catch {
            throw CELEvaluationError(error.message)
        }
    }
}

private struct VersionObject: CELObject {
    let version: SemanticVersion
    var type: CELType { .object("kubernetes.Semver") }
    var text: String { version.text }
    func isEqual(to other: any CELObject) -> Bool {
        (other as? VersionObject).map { $0.version.compare(version) == 0 } ?? false
    }
}

extension CELValue {
    fileprivate func version() throws(CELEvaluationError) -> SemanticVersion {
        guard case .object(let object) = self, let version = object as? VersionObject else { throw .noSuchOverload }
        return version.version
    }
}
