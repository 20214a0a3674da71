/// Kubernetes' own functions of lists.
enum ListLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        for type in comparable {
            library.member("isSorted", "list_\(type)_is_sorted_bool", "(list(\(type))) -> bool", isSorted)
            library.member("max", "list_\(type)_max_\(type)", "(list(\(type))) -> \(type)", extreme("max", 1))
            library.member("min", "list_\(type)_min_\(type)", "(list(\(type))) -> \(type)", extreme("min", -1))
        }
        let zeros: [(String, CELValue)] = [
            ("int", .int(0)), ("uint", .uint(0)), ("double", .double(0)), ("duration", .duration(0)),
        ]
        for (type, zero) in zeros {
            library.member(
                "sum", "list_\(type)_sum_\(type)", "(list(\(type))) -> \(type)",
                .unary { list throws(CELEvaluationError) in
                    var sum = zero
                    for item in try list.list().values { sum = try sum.calculate(.add, item) }
                    return sum
                })
        }
        library.member(
            "indexOf", "list_a_index_of_int", "(list(A), A) -> int",
            .binary { list, item throws(CELEvaluationError) in
                .int(Int64(try list.list().values.firstIndex { $0.isEqual(to: item) } ?? -1))
            })
        library.member(
            "lastIndexOf", "list_a_last_index_of_int", "(list(A), A) -> int",
            .binary { list, item throws(CELEvaluationError) in
                .int(Int64(try list.list().values.lastIndex { $0.isEqual(to: item) } ?? -1))
            })
        return library
    }()

    static let comparable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"]

    private static let isSorted = CELOverload.Body.unary { list throws(CELEvaluationError) in
        let values = try list.list().values
        for (one, next) in zip(values, values.dropFirst()) where try one.compare(next) > 0 { return .bool(false) }
        return .bool(true)
    }

    private static func extreme(_ name: String, _ order: Int) -> CELOverload.Body {
        .unary { list throws(CELEvaluationError) in
            let values = try list.list().values
            guard var best = values.first else { throw CELEvaluationError("\(name) called on empty list") }
            for value in values.dropFirst() where try value.compare(best) == order { best = value }
            return best
        }
    }
}
