internal import APIMachinery
internal import CEL

/// Compiles the expressions of one policy, one after the other: later ones see the variables before them.
struct PolicyExpressionRules {
    /// Without the authorizer: for messages and annotations.
    private(set) var plain: CELEnvironment
    private(set) var full: CELEnvironment
    private var types: [(String, CELType)] = []

    /// The most conditions of one policy.
    static let conditionsMax = 64

    init(hasParams: Bool) {
        plain = AdmissionExpressions.environment(hasParams: hasParams, hasAuthorizer: false)
        full = AdmissionExpressions.environment(hasParams: hasParams, hasAuthorizer: true)
    }

    /// Whether a change leaves the conditions as they are, and what they may speak of: then they are not read again.
    static func keepsConditions(_ policy: Value, _ old: Value) -> Bool {
        ["paramKind", "matchConditions"].allSatisfy { policy[path: "spec", $0] == old[path: "spec", $0] }
    }

    /// Conditions know no variables: they are to be checked first.
    func conditions(_ list: FieldView, _ findings: inout Findings) {
        if list.items.count > Self.conditionsMax { findings.add(list.tooMany(Self.conditionsMax)) }
        var names: Set<String> = []
        for condition in list.items {
            let (name, expression) = (condition["name"], condition["expression"])
            if expression.text.trimmed.isEmpty {
                findings.add(expression.required())
            } else {
                Self.compile(expression, expression.text.trimmed, full, [.bool], &findings)
            }
            if name.isEmpty {
                findings.add(name.required())
                continue
            }
            findings.add(name, Names.labelKey(name.text))
            if !names.insert(name.text).inserted { findings.add(name.duplicate()) }
        }
    }

    mutating func variables(_ list: FieldView, _ findings: inout Findings) {
        full.declare("variables", AdmissionExpressions.variables(types))
        plain.declare("variables", AdmissionExpressions.variables(types))
        for variable in list.items {
            let name = variable["name"]
            if name.text.trimmed.isEmpty {
                findings.add(name.required("name is not specified"))
            } else if !Self.isIdentifier(name.text) {
                findings.add(name.invalid("must be a valid CEL identifier"))
            }
            let type = check(variable["expression"], full, [], &findings)
            types.append((name.text, type))
            full.redeclare("variables", AdmissionExpressions.variables(types))
            plain.redeclare("variables", AdmissionExpressions.variables(types))
        }
    }

    @discardableResult
    func check(
        _ expression: FieldView, _ environment: CELEnvironment, _ types: [CELType], _ findings: inout Findings
    ) -> CELType {
        guard !expression.text.trimmed.isEmpty else {
            findings.add(expression.required("expression is not specified"))
            return .dyn
        }
        return Self.compile(expression, expression.text, environment, types, &findings)
    }

    /// - shown: what an error repeats of the expression, `text` itself if nothing is said.
    @discardableResult
    static func compile(
        _ view: FieldView, _ text: String, _ environment: CELEnvironment, _ types: [CELType],
        shown: String? = nil, _ findings: inout Findings
    ) -> CELType {
        do throws(ExpressionProblem) {
            return try AdmissionExpressions.compile(text, environment, types).outputType
        } catch {
            findings.add(view.invalid(shown ?? text, error.message))
            return .dyn
        }
    }

    private static func isIdentifier(_ name: String) -> Bool {
        let isWord = name.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
            default: false
            }
        }
        return isWord && !CELFieldName.reserved.contains(name)
    }
}
