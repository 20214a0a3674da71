/// Lists as sets.
enum SetLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        let tests: [(String, @Sendable (CELList, CELList) -> Bool)] = [
            ("contains", { list, part in part.values.allSatisfy { list.contains($0) } }),
            (
                "equivalent",
                { one, other in
                    one.values.allSatisfy { other.contains($0) } && other.values.allSatisfy { one.contains($0) }
                }
            ),
            ("intersects", { one, other in one.values.contains { other.contains($0) } }),
        ]
        for (name, test) in tests {
            library.global(
                "sets.\(name)", "list_sets_\(name)_list", "(list(T), list(T)) -> bool",
                .binary { one, other throws(CELEvaluationError) in .bool(test(try one.list(), try other.list())) })
        }
        return library
    }()
}
