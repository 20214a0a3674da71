import APIMachinery
import KubeAPIServer
import Testing

@Suite("AccessQuestion")
struct AccessQuestionTests {
    private static func question(_ resource: Value) -> AccessQuestion {
        AccessQuestion(["user": "u", "resourceAttributes": resource], user: nil)
    }

    @Test("selectors are part of the question, and webhooks are told of them")
    func selectors() {
        let listed = Self.question([
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
    func faults() {
        let partly = Self.question([
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
}
