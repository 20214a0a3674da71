/// The lists extension, version 3: slices, flattening, sorting.
enum SequenceLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        addSlices(&library)
        addSorting(&library)
        return library
    }()

    private static func addSlices(_ library: inout CELLibrary) {
        library.member(
            "slice", "list_slice", "(list(T), int, int) -> list(T)",
            .ternary { list, start, end throws(CELEvaluationError) in
                try slice(try list.list(), try start.int(), try end.int())
            })
        library.member(
            "flatten", "list_flatten", "(list(list(T))) -> list(T)",
            .unary { list throws(CELEvaluationError) in .list(try flatten(try list.list(), 1)) })
        library.member(
            "flatten", "list_flatten_int", "(list(dyn), int) -> list(dyn)",
            .binary { list, depth throws(CELEvaluationError) in
                .list(try flatten(try list.list(), try depth.int()))
            })
        library.global(
            "lists.range", "lists_range", "(int) -> list(int)",
            .unary { count throws(CELEvaluationError) in
                let count = try count.int()
                guard count <= rangeMax else {
                    throw CELEvaluationError("operation cancelled: actual cost limit exceeded", kind: .costLimit)
                }
                return .list((0..<max(count, 0)).map { .int($0) })
            })
        library.member(
            "reverse", "list_reverse", "(list(T)) -> list(T)",
            .unary { list throws(CELEvaluationError) in .list(try list.list().values.reversed()) })
        library.member(
            "distinct", "list_distinct", "(list(T)) -> list(T)",
            .unary { list throws(CELEvaluationError) in
                var distinct: [CELValue] = []
                for value in try list.list().values where !distinct.contains(where: { $0.isEqual(to: value) }) {
                    distinct.append(value)
                }
                return .list(distinct)
            })
    }

    /// No limit of costs would allow for more.
    private static let rangeMax: Int64 = 10_000_000

    private static func slice(_ list: CELList, _ start: Int64, _ end: Int64) throws(CELEvaluationError) -> CELValue {
        let call = "cannot slice(\(start), \(end))"
        guard start >= 0, end >= 0 else { throw CELEvaluationError("\(call), negative indexes not supported") }
        guard start <= end else {
            throw CELEvaluationError("\(call), start index must be less than or equal to end index")
        }
        guard end <= Int64(list.count) else { throw CELEvaluationError("\(call), list is length \(list.count)") }
        return .list((Int(start)..<Int(end)).map { list[$0] })
    }

    private static func flatten(_ list: CELList, _ depth: Int64) throws(CELEvaluationError) -> [CELValue] {
        guard depth >= 0 else { throw CELEvaluationError("level must be non-negative") }
        var flat: [CELValue] = []
        for value in list.values {
            if depth > 0, case .list(let inner) = value {
                flat += try flatten(inner, depth - 1)
            } else {
                flat.append(value)
            }
        }
        return flat
    }

    // MARK: Sorting

    private static func addSorting(_ library: inout CELLibrary) {
        for type in ListLibrary.comparable {
            let name =
                type == "timestamp" || type == "duration"
                ? "google.protobuf.\(type == "duration" ? "Duration" : "Timestamp")" : type
            library.member(
                "sort", "list_\(name)_sort", "(list(\(type))) -> list(\(type))",
                .unary { list throws(CELEvaluationError) in
                    let list = try list.list()
                    return try sort(list, by: list)
                })
            library.member(
                "@sortByAssociatedKeys", "list_\(name)_sortByAssociatedKeys", "(list(T), list(\(type))) -> list(T)",
                .binary { list, keys throws(CELEvaluationError) in try sort(try list.list(), by: try keys.list()) })
        }
        library.add([sortBy])
    }

    private static func sort(_ list: CELList, by keys: CELList) throws(CELEvaluationError) -> CELValue {
        guard list.count == keys.count else {
            throw CELEvaluationError(
                "@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got "
                    + "\(list.count) and \(keys.count) elements respectively")
        }
        let keyValues = keys.values
        guard let first = keyValues.first else { return .list(list) }
        guard first.isComparable else { throw CELEvaluationError("list elements must be comparable") }
        guard keyValues.allSatisfy({ $0.type == first.type }) else {
            throw CELEvaluationError("list elements must have the same type")
        }
        // Of one type, all can be compared but for numbers that are none, which stay where they are.
        let order = keyValues.indices.sorted { one, other in
            let order = (try? keyValues[one].compare(keyValues[other])) ?? 0
            return order == 0 ? one < other : order < 0
        }
        return .list(order.map { list[$0] })
    }

    /// `list.sortBy(x, key)` binds the list, maps it to its keys and sorts by them.
    private static let sortBy = Macro(name: "sortBy", argumentCount: 2, isMember: true) {
        expansion, target, arguments throws(MacroError) in
        guard let target else { return nil }
        let name = "@__sortBy_input__"
        let variable = try expansion.variable(arguments[0], orElse: "argument is not an identifier")
        let keys = expansion.loop(
            over: expansion.identifier(name), variable, from: expansion.list([]),
            while: expansion.literal(.bool(true)),
            step: expansion.call("_+_", expansion.result, expansion.list([arguments[1]])), result: expansion.result)
        return expansion.loop(
            over: expansion.list([]), "#unused", accumulator: name, from: target,
            while: expansion.literal(.bool(false)), step: expansion.identifier(name),
            result: expansion.memberCall("@sortByAssociatedKeys", expansion.identifier(name), keys))
    }
}
