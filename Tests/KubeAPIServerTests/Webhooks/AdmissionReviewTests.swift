import APIMachinery
import KubeAPIServer
import Testing

@Suite("AdmissionReview")
struct AdmissionReviewTests {
    private func review(_ response: Value?) -> Value {
        var review: Value = ["apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"]
        review["response"] = response
        return review
    }

    private func answer(_ response: Value?, mayPatch: Bool = true) throws(WebhookCallError) -> AdmissionReview.Answer {
        try AdmissionReview.answer(review(response), version: "v1", uid: "u", mayPatch: mayPatch)
    }

    @Test("a verdict is read with its patch and its warnings")
    func verdict() throws {
        // [{"op":"remove","path":"/data"}]
        let patch = "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL2RhdGEifV0="
        let read = try answer(
            ["uid": "u", "allowed": true, "patchType": "JSONPatch", "patch": .string(patch), "warnings": ["w"]])
        #expect(read.isAllowed)
        #expect(read.patch == [["op": "remove", "path": "/data"]])
        #expect(read.warnings == ["w"])
    }

    @Test(
        "what is no verdict is named in upstream's words",
        arguments: [
            (nil, "webhook response was absent"),
            (["uid": "other", "allowed": true], "expected response.uid=\"u\", got \"other\""),
            (["uid": "u", "patch": "W10="], "webhook returned response.patch but not response.patchType"),
            (["uid": "u", "patchType": "JSONPatch"], "webhook returned response.patchType but not response.patch"),
            (["uid": "u", "patch": "W10=", "patchType": "Merge"], "invalid webhook response.patchType: \"Merge\""),
        ] as [(Value?, String)])
    func faults(_ response: Value?, _ message: String) {
        let error = #expect(throws: WebhookCallError.self) { try answer(response) }
        #expect(error?.message == message)
    }

    @Test("a webhook that validates may not patch")
    func validating() {
        let response: Value = ["uid": "u", "allowed": true, "patchType": "JSONPatch", "patch": "W10="]
        let error = #expect(throws: WebhookCallError.self) { try answer(response, mayPatch: false) }
        #expect(error?.message == "validating webhook may not return response.patch")
    }

    @Test(
        "a refusal is the webhook's own status under its name",
        arguments: [
            (nil, 400, "admission webhook \"hook\" denied the request without explanation"),
            (["message": "no"], 400, "admission webhook \"hook\" denied the request: no"),
            (["reason": "Because"], 400, "admission webhook \"hook\" denied the request: Because"),
            (["message": "no", "code": 403], 403, "admission webhook \"hook\" denied the request: no"),
            (["message": "no", "code": 200, "status": "Success"], 400, "admission webhook \"hook\" denied the request: no"),
        ] as [(Value?, Int, String)])
    func refusals(_ status: Value?, _ code: Int, _ message: String) {
        let error = AdmissionReview.refusal(by: "hook", status)
        #expect(error.code == code)
        #expect(error.message == message)
    }
}

@Suite("AdmissionRule")
struct AdmissionRuleTests {
    private func covers(_ resources: [Value], _ resource: String, _ subresource: String = "", scope: Value = "*") -> Bool {
        let rule = AdmissionRule([
            "operations": ["CREATE"], "apiGroups": ["apps"], "apiVersions": ["*"], "resources": .array(resources),
            "scope": scope,
        ])
        return rule.covers(
            GroupVersionResource(group: "apps", version: "v1", resource: resource), subresource: subresource,
            operation: .create, isNamespaced: true)
    }

    @Test("resources are named with their subresources")
    func resources() {
        #expect(covers(["deployments"], "deployments"))
        #expect(!covers(["deployments"], "deployments", "scale"))
        #expect(covers(["deployments/*"], "deployments", "scale"))
        #expect(covers(["deployments/*"], "deployments"))
        #expect(covers(["*/scale"], "replicasets", "scale"))
        #expect(covers(["*"], "replicasets"))
        #expect(!covers(["*"], "replicasets", "scale"))
        #expect(covers(["*/*"], "replicasets", "scale"))
        #expect(!covers(["deployments"], "replicasets"))
    }

    @Test("a rule is for what lies in namespaces, or for what does not, or for both")
    func scope() {
        #expect(covers(["*"], "deployments", scope: "Namespaced"))
        #expect(!covers(["*"], "deployments", scope: "Cluster"))
    }
}
