import APIMachinery
import CEL

/// One test of the data files.
struct ConformanceCase {
    enum Result {
        case passed
        case skipped(String)
        case failed(String)
    }

    let test: TextProto
    let name: String

    init(_ test: TextProto, name: String) {
        self.test = test
        self.name = name
    }

    struct Unsupported: Error { let reason: String }

    func run() -> Result {
        do {
            return try check()
        } catch let error as Unsupported {
            return .skipped(error.reason)
        } catch {
            return .failed("\(error)")
        }
    }

    private var expression: String { test["expr"]?.string ?? "" }

    private func check() throws -> Result {
        let isUnchecked = test["disable_check"]?.scalar == "true"
        let text = "\(expression) \(test["container"]?.string ?? "")"
        for word in ["TestAllTypes", "GlobalEnum", "NestedTestAllTypes", "google.protobuf.", "cel.expr.conformance"]
        where text.contains(word) && !text.contains("google.protobuf.Timestamp")
            && !text.contains("google.protobuf.Duration")
        {
            throw Unsupported(reason: "need messages")
        }
        if test["container"]?.string == "google.protobuf" { throw Unsupported(reason: "need messages") }
        // Kubernetes has an older version of `format`.
        if name.hasPrefix("string_ext/format") { throw Unsupported(reason: "want a later version") }
        if ConformanceExpectations.differing.contains(name) { throw Unsupported(reason: "are failed by cel-go") }
        let environment = try environment()
        let program: CELProgram
        do throws(CELCompileErrors) {
            program = try environment.compile(expression)
        } catch {
            if test["eval_error"] != nil { return .passed }
            if isUnchecked { throw Unsupported(reason: "need evaluation without checking") }
            return .failed("\(error)")
        }
        if let typed = test["typed_result"] {
            let type = try ConformanceType.read(typed["deduced_type"])
            guard type == program.outputType else { return .failed("type \(program.outputType) instead of \(type)") }
        }
        if test["check_only"]?.scalar == "true" { return .passed }
        return try evaluate(program)
    }

    private func evaluate(_ program: CELProgram) throws -> Result {
        var activation = CELActivation()
        for binding in test.all("bindings") {
            activation[binding["key"]?.string ?? ""] = try value(binding["value"]?["value"] ?? .message([]))
        }
        let result: CELValue
        do throws(CELEvaluationError) {
            result = try program.evaluate(activation)
        } catch {
            return test["eval_error"] != nil ? .passed : .failed("error: \(error.message)")
        }
        if test["eval_error"] != nil { return .failed("\(result.text) instead of an error") }
        let expected = try test["value"].map(value) ?? test["typed_result"]?["result"].map(value) ?? .bool(true)
        return ConformanceCase.isSame(result, expected) ? .passed : .failed("\(result) instead of \(expected)")
    }

    private func environment() throws -> CELEnvironment {
        var environment = CELEnvironment.standard
        for library in CELEnvironment.extensions { environment.add(library) }
        environment.validatesLiterals = false
        environment.container = test["container"]?.string ?? ""
        for declaration in test.all("type_env") {
            let name = declaration["name"]?.string ?? ""
            if declaration["function"] != nil { throw Unsupported(reason: "declare functions") }
            environment.declare(name, try ConformanceType.read(declaration["ident"]?["type"]))
        }
        return environment
    }

    private func value(_ proto: TextProto) throws -> CELValue {
        guard let (name, content) = proto.fields.first else { return .null }
        switch name {
        case "null_value": return .null
        case "bool_value": return .bool(content.scalar == "true")
        case "int64_value": return .int(Int64(content.scalar) ?? 0)
        case "uint64_value": return .uint(UInt64(content.scalar) ?? 0)
        case "double_value": return .double(ConformanceCase.double(content.scalar))
        case "string_value": return .string(content.string)
        case "bytes_value": return .bytes(content.bytes)
        case "type_value": return .type(ConformanceType.named(content.string))
        case "list_value": return .list(CELList(try content.all("values").map(value)))
        case "map_value":
            var dictionary = CELDictionary()
            for entry in content.all("entries") {
                _ = dictionary.insert(
                    try value(entry["value"] ?? .message([])), for: try value(entry["key"] ?? .message([])))
            }
            return .map(CELMap(dictionary))
        case "object_value": return try message(content)
        default: throw Unsupported(reason: "need messages")
        }
    }

    private func message(_ proto: TextProto) throws -> CELValue {
        guard let (name, content) = proto.fields.first else { throw Unsupported(reason: "need messages") }
        let seconds = Int64(content["seconds"]?.scalar ?? "0") ?? 0
        let nanoseconds = Int64(content["nanos"]?.scalar ?? "0") ?? 0
        if name.hasSuffix("google.protobuf.Timestamp]"),
            let time = CELTimestamp(seconds: seconds, nanoseconds: Int32(nanoseconds))
        {
            return .timestamp(time)
        }
        if name.hasSuffix("google.protobuf.Duration]") { return .duration(seconds * 1_000_000_000 + nanoseconds) }
        throw Unsupported(reason: "need messages")
    }

    private static func double(_ text: String) -> Double {
        switch text.lowercased() {
        case "inf", "infinity": .infinity
        case "-inf", "-infinity": -.infinity
        case "nan": .nan
        default: Double(text) ?? 0
        }
    }

    /// Equal and of one type; numbers that are none are the same here.
    private static func isSame(_ one: CELValue, _ other: CELValue) -> Bool {
        if case .double(let a) = one, case .double(let b) = other { return a == b || a.isNaN && b.isNaN }
        if case .list(let a) = one, case .list(let b) = other {
            return a.count == b.count && zip(a.values, b.values).allSatisfy { isSame($0, $1) }
        }
        if case .map(let a) = one, case .map(let b) = other {
            return a.count == b.count
                && a.keys.allSatisfy { key in
                    guard let mine = try? a.find(key), let theirs = try? b.find(key) else { return false }
                    return isSame(mine, theirs)
                }
        }
        return one.type == other.type && "\(one)" == "\(other)"
    }
}

/// Types of the data files.
enum ConformanceType {
    struct Unknown: Error {}

    static func read(_ proto: TextProto?) throws -> CELType {
        guard let (name, content) = proto?.fields.first else { throw Unknown() }
        switch name {
        case "primitive": return named(content.scalar.lowercased())
        case "dyn": return .dyn
        case "null": return .null
        case "well_known":
            return content.scalar == "TIMESTAMP" ? .timestamp : content.scalar == "DURATION" ? .duration : .dyn
        case "list_type": return .list(try read(content["elem_type"]))
        case "map_type": return .map(try read(content["key_type"]), try read(content["value_type"]))
        case "type": return .type(try read(content))
        case "type_param": return .parameter(content.string)
        case "abstract_type":
            return .opaque(content["name"]?.string ?? "", try content.all("parameter_types").map(read))
        case "message_type":
            let type = named(content.string)
            guard case .object = type else { return type }
            throw ConformanceCase.Unsupported(reason: "need messages")
        default: throw Unknown()
        }
    }

    static func named(_ name: String) -> CELType {
        switch name {
        case "bool": .bool
        case "int", "int64": .int
        case "uint", "uint64": .uint
        case "double": .double
        case "string": .string
        case "bytes": .bytes
        case "null_type": .null
        case "list": .list(.dyn)
        case "map": .map(.dyn, .dyn)
        case "type": .type(nil)
        case "google.protobuf.Timestamp": .timestamp
        case "google.protobuf.Duration": .duration
        case "optional_type": .optional(.dyn)
        default: .object(name)
        }
    }
}
