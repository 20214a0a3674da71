package import APIMachinery
internal import APIRules
internal import CEL

/// Expressions over a SubjectAccessReview that must all hold for a webhook to be asked.
package struct ReviewConditions: Sendable {
    package static let conditionsMax = 64

    enum Outcome: Equatable {
        case matches
        case doesNotMatch
        case failed(String)
    }

    package static let none = ReviewConditions()

    private var expressions: [PolicyExpression] = []

    private init() {}

    /// Compiles the conditions, and adds what is wrong with them to the errors.
    package init(_ conditions: [Value], _ path: String, errors: inout [FieldError]) {
        guard conditions.count <= Self.conditionsMax else {
            errors.append(.tooMany(path, count: conditions.count, maximum: Self.conditionsMax))
            return
        }
        var seen: Set<String> = []
        for (index, condition) in conditions.enumerated() {
            let place = "\(path)[\(index)].expression"
            let text = condition.text("expression")
            if text.allSatisfy(\.isWhitespace) {
                errors.append(.required(place))
            } else if !seen.insert(text).inserted {
                errors.append(.duplicate(place, text))
            } else {
                let expression = PolicyExpression(text, Self.environment, [.bool])
                if let problem = expression.problem { errors.append(.invalid(place, text, problem)) }
                expressions.append(expression)
            }
        }
    }

    /// One that is false decides, whatever is wrong with others.
    func check(_ spec: Value) -> Outcome {
        guard !expressions.isEmpty else { return .matches }
        let activation = CELActivation(["request": CELValue(Self.complete(spec), schema: Self.schema)])
        var budget = AdmissionExpressions.conditionCostBudget
        var problem: String?
        for expression in expressions {
            do throws(PolicyExpression.Failure) {
                if try expression.evaluate(activation, &budget).boolValue == false { return .doesNotMatch }
            } catch { problem = problem ?? error.message }
        }
        return problem.map { .failed($0) } ?? .matches
    }

    /// Texts that are empty are there too, so that expressions need not ask for each.
    private static func complete(_ spec: Value) -> Value {
        var spec = spec
        for name in ["user", "uid"] where spec[name] == nil { spec[name] = "" }
        if spec["groups"] == nil { spec["groups"] = [] }
        if spec["extra"] == nil { spec["extra"] = .emptyObject }
        if var attributes = spec["resourceAttributes"] {
            for name in textNames where attributes[name] == nil { attributes[name] = "" }
            spec["resourceAttributes"] = attributes
        }
        return spec
    }

    // MARK: Types

    private static let textNames = ["namespace", "verb", "group", "version", "resource", "subresource", "name"]

    private static let schema: CELSchema = {
        let text = CELSchema(.string)
        let texts = CELSchema(.list, items: text)
        func object(_ name: String, _ fields: [(String, CELSchema)]) -> CELSchema {
            var declared: [String: CELSchema.Field] = [:]
            for (field, schema) in fields { declared[field] = CELSchema.Field(property: field, schema: schema) }
            return CELSchema(.object, objectName: name, fields: declared)
        }
        let requirement = object(
            "kubernetes.SelectorRequirement", [("key", text), ("operator", text), ("values", texts)])
        func selector(_ name: String) -> CELSchema {
            object(name, [("rawSelector", text), ("requirements", CELSchema(.list, items: requirement))])
        }
        let selectors = [
            ("fieldSelector", selector("kubernetes.FieldSelectorAttributes")),
            ("labelSelector", selector("kubernetes.LabelSelectorAttributes")),
        ]
        let resource = object("kubernetes.ResourceAttributes", textNames.map { ($0, text) } + selectors)
        let path = object("kubernetes.NonResourceAttributes", [("path", text), ("verb", text)])
        return object(
            "kubernetes.SubjectAccessReviewSpec",
            [
                ("resourceAttributes", resource), ("nonResourceAttributes", path),
                ("user", text), ("groups", texts), ("extra", CELSchema(.map, items: texts)), ("uid", text),
            ])
    }()

    private static let environment: CELEnvironment = {
        var environment = CELEnvironment.kubernetes
        environment.declare("request", schema)
        return environment
    }()
}
