import APIMachinery
import KubeAPIServer
import Testing

@Suite("ConversionReview")
struct ConversionReviewTests {
    private static let version = GroupVersion(group: "example.com", version: "v2")

    private static func review(_ response: Value?) -> Value {
        var review: Value = ["apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview"]
        review["response"] = response
        return review
    }

    @Test(
        "an answer that is none is named in upstream's words",
        arguments: [
            (nil, "v1", "no response provided"),
            (["uid": "other"], "v1", "expected response.uid=\"u\", got \"other\""),
            (["uid": "other"], "v1beta1", "response.result.status was '', not 'Success'"),
            (["uid": "u", "result": ["status": "Failure"]], "v1", "response.result.status was 'Failure', not 'Success'"),
            (["uid": "u", "result": ["status": "Failed", "message": "no"]], "v1", "no"),
        ] as [(Value?, String, String)])
    func faults(_ response: Value?, _ version: String, _ message: String) {
        let error = #expect(throws: WebhookCallError.self) {
            try ConversionReview.objects(in: Self.review(response), version: version, uid: "u")
        }
        #expect(error?.message == message)
    }

    @Test("version 1 has to answer with its own name")
    func name() {
        let error = #expect(throws: WebhookCallError.self) {
            try ConversionReview.objects(in: ["kind": "Review", "response": [:]], version: "v1", uid: "u")
        }
        #expect(
            error?.message
                == "expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got , Kind=Review")
    }

    private static let original: Value = [
        "apiVersion": "example.com/v1", "kind": "Thing",
        "metadata": [
            "name": "a", "namespace": "n", "uid": "1", "resourceVersion": "7", "labels": ["old": "label"],
            "annotations": ["old": "note"],
        ],
    ]

    @Test("of metadata a webhook changes labels and annotations, and nothing else")
    func metadata() throws {
        let converted: Value = [
            "apiVersion": "example.com/v2", "kind": "Thing", "spec": ["b": 1],
            "metadata": [
                "name": "a", "namespace": "n", "uid": "1", "resourceVersion": "8", "finalizers": ["x/y"],
                "labels": ["new": "label"],
            ],
        ]
        let settled = try ConversionReview.settled(converted, from: Self.original, version: Self.version)
        #expect(
            settled == [
                "apiVersion": "example.com/v2", "kind": "Thing", "spec": ["b": 1],
                "metadata": [
                    "name": "a", "namespace": "n", "uid": "1", "resourceVersion": "7", "labels": ["new": "label"],
                ],
            ])
    }

    @Test(
        "an object that came back as another is refused",
        arguments: [
            (["apiVersion"], "example.com/v3", "invalid groupVersion (expected example.com/v2, received example.com/v3)"),
            (["kind"], "Other", "invalid kind (expected Thing, received Other)"),
            (["metadata", "name"], "b", "must have the same name: a != b"),
            (["metadata", "namespace"], "m", "must have the same namespace: n != m"),
            (["metadata", "uid"], "2", "must have the same UID: 1 != 2"),
            (["metadata", "labels"], 1, "invalid metadata.labels of type int64 in converted object"),
            (
                ["metadata", "labels"], ["a": true],
                "metadata.labels[a] must be a string, but is bool in converted object"
            ),
        ] as [([String], Value, String)])
    func refused(_ path: [String], _ value: Value, _ message: String) {
        var converted = Self.original
        converted["apiVersion"] = "example.com/v2"
        if path.count == 1 { converted[path[0]] = value } else { converted[path: path[0], path[1]] = value }
        let fault = #expect(throws: ConversionReview.Fault.self) {
            try ConversionReview.settled(converted, from: Self.original, version: Self.version)
        }
        #expect(fault?.message == message)
    }
}
