internal import APIMachinery
internal import CEL

/// One of a schema's `x-kubernetes-validations`.
struct CustomRule: Sendable {
    let rule: String
    let message: String
    let messageExpression: String
    let reason: String?
    let fieldPath: String
    let optionalOldSelf: Bool?

    init(_ source: Value) {
        func text(_ name: String) -> String { source[name]?.stringValue ?? "" }
        rule = text("rule")
        message = text("message")
        messageExpression = text("messageExpression")
        reason = source["reason"]?.stringValue
        fieldPath = text("fieldPath")
        optionalOldSelf = source["optionalOldSelf"]?.boolValue
    }

    static func all(of schema: Value) -> [CustomRule] {
        (schema["x-kubernetes-validations"]?.arrayValue ?? []).map(CustomRule.init)
    }

    /// What errors about the rule call it.
    var title: String { (message.isEmpty ? rule : message).trimmed }

    /// What is said of values that break it, unless an expression says more.
    var defaultMessage: String { message.isEmpty ? "failed rule: \(title)" : message.trimmed }

    /// As Go's encoder writes upstream's struct.
    var shown: String {
        func quoted(_ text: String) -> String {
            let json = String(decoding: Value.string(text).json, as: UTF8.self)
            return json.unicodeScalars.reduce(into: "") { result, scalar in
                switch scalar {
                case "<": result += "\\u003c"
                case ">": result += "\\u003e"
                case "&": result += "\\u0026"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        let reason = reason.map(quoted) ?? "null"
        let optional = optionalOldSelf.map(String.init) ?? "null"
        return "{\"Rule\":\(quoted(rule)),\"Message\":\(quoted(message)),\"MessageExpression\":"
            + "\(quoted(messageExpression)),\"Reason\":\(reason),\"FieldPath\":\(quoted(fieldPath)),"
            + "\"OptionalOldSelf\":\(optional)}"
    }
}

extension String {
    /// Without white space at either end.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}

/// A rule that has been compiled, or why it could not be.
struct CompiledRule: Sendable {
    let rule: CustomRule
    let program: CELProgram?
    let problem: String?
    let messageProgram: CELProgram?
    let messageProblem: String?
    /// `nil` where the rule names none, or none that the schema has.
    let fieldPath: String?

    var usesOldSelf: Bool { program?.variables.contains("oldSelf") ?? false }

    init(_ rule: CustomRule, _ type: CELSchema, fieldPath: String?) {
        self.rule = rule
        self.fieldPath = fieldPath
        var environment = CELEnvironment.kubernetes
        environment.declare("self", type)
        environment.declare("oldSelf", rule.optionalOldSelf == true ? .optional(type.type) : type.type)
        environment.sizes = .schemas(["self": type, "oldSelf": type])
        (program, problem) = Self.compile(
            rule.rule, environment, .bool, "compilation failed: ", "cel expression must evaluate to a bool")
        if rule.messageExpression.isEmpty || problem != nil {
            (messageProgram, messageProblem) = (nil, nil)
        } else {
            (messageProgram, messageProblem) = Self.compile(
                rule.messageExpression, environment, .string, "messageExpression compilation failed: ",
                "messageExpression must evaluate to a string")
        }
    }

    private static func compile(
        _ text: String, _ environment: CELEnvironment, _ type: CELType, _ prefix: String, _ typeProblem: String
    ) -> (CELProgram?, String?) {
        guard !text.allSatisfy(\.isWhitespace) else { return (nil, nil) }
        do throws(CELCompileErrors) {
            let program = try environment.compile(text)
            return program.outputType == type ? (program, nil) : (nil, typeProblem)
        } catch {
            return (nil, prefix + error.description)
        }
    }
}
