import APIMachinery
import KubeAPIServer
import Testing

@Suite("AccessQuestion")
struct AccessQuestionTests {
    private static let kind = GroupVersionKind(
        group: "authorization.k8s.io", version: "v1", kind: "SubjectAccessReview")

    private static func question(_ resource: Value) throws(StatusError) -> AccessQuestion {
        try AccessQuestion(["user": "u", "resourceAttributes": resource], user: nil, kind: kind)
    }

    @Test("selectors are part of the question, and webhooks are told of them")
    func selectors() throws {
        let listed = try Self.question([
            "verb": "list", "resource": "pods",
            "fieldSelector": ["requirements": [["key": "spec.nodeName", "operator": "NotIn", "values": ["a"]]]],
            "labelSelector": ["rawSelector": "tier in (x,y),!old"],
        ])
        #expect(listed.problem.isEmpty && listed.attributes.apiVersion == "*")
        let told = AccessReview.spec(listed.attributes)["resourceAttributes"]
        #expect(
            told?[path: "fieldSelector", "requirements"]
                == [["key": "spec.nodeName", "operator": "NotIn", "values": ["a"]]])
        #expect(
            told?[path: "labelSelector", "requirements"]
                == [
                    ["key": "old", "operator": "DoesNotExist"],
                    ["key": "tier", "operator": "In", "values": ["x", "y"]],
                ])
    }

    @Test("what of a selector cannot be read is left out, and said")
    func faults() throws {
        let partly = try Self.question([
            "fieldSelector": [
                "requirements": [
                    ["key": "a", "operator": "In", "values": ["1", "2"]],
                    ["key": "b", "operator": "In", "values": ["1"]],
                ]
            ], "labelSelector": ["rawSelector": "a ~ b"],
        ])
        #expect(partly.attributes.fieldSelector == [.init(field: "b", value: "1")])
        #expect(
            partly.problem
                == "spec.resourceAttributes.fieldSelector partially ignored due to parse error; "
                + "spec.resourceAttributes.labelSelector ignored due to parse error")
    }

    @Test(
        "a question that is none is refused",
        arguments: [
            (
                [:],
                "SubjectAccessReview.authorization.k8s.io \"\" is invalid: [spec.resourceAttributes: Invalid value: "
                    + "null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: "
                    + "Invalid value: \"\": at least one of user or group must be specified]"
            ),
            (
                ["user": "u", "resourceAttributes": ["labelSelector": [:]]],
                "SubjectAccessReview.authorization.k8s.io \"\" is invalid: "
                    + "spec.resourceAttributes.labelSelector.requirements: Required value: when "
                    + "spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required"
            ),
        ] as [(Value, String)])
    func refusal(_ spec: Value, _ message: String) {
        let error = #expect(throws: StatusError.self) { try AccessQuestion(spec, user: nil, kind: Self.kind) }
        #expect(error?.message == message)
    }
}
