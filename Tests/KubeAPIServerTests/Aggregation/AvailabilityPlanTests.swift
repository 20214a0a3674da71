import APIMachinery
import Determinism
import KubeAPIServer
import Testing

@Suite("AvailabilityPlan")
struct AvailabilityPlanTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        var service: Value?
        var slices: [Value] = []
        let plan: AvailabilityPlan

        var testDescription: String { what }
    }

    static let remote: Value = [
        "metadata": ["name": "v1.example.com"],
        "spec": ["group": "example.com", "version": "v1", "service": ["namespace": "default", "name": "web", "port": 443]],
    ]

    static func service(port: Int64 = 443, type: String = "ClusterIP") -> Value {
        ["spec": ["type": .string(type), "ports": [["name": "https", "port": .integer(port)]]]]
    }

    static func slice(ready: Bool, port: String = "https") -> Value {
        [
            "endpoints": [["addresses": ["10.0.0.1"], "conditions": ["ready": .bool(ready)]]],
            "ports": [["name": .string(port), "port": 8443]],
        ]
    }

    static func failed(_ reason: String, _ message: String) -> AvailabilityPlan {
        .settled(AvailabilityCondition(false, reason, message))
    }

    static let missing = failed(
        "MissingEndpoints", "endpointslices for service/web in \"default\" have no addresses with port name \"https\"")

    static let rows: [Row] = [
        Row(
            what: "no Service", plan: failed("ServiceNotFound", "service/web in \"default\" is not present")),
        Row(
            what: "another port", service: service(port: 80),
            plan: failed("ServicePortError", "service/web in \"default\" is not listening on port 443")),
        Row(
            what: "no slices", service: service(),
            plan: failed("EndpointsNotFound", "cannot find endpointslices for service/web in \"default\"")),
        Row(what: "nobody ready", service: service(), slices: [slice(ready: false)], plan: missing),
        Row(what: "ready at another port", service: service(), slices: [slice(ready: true, port: "x")], plan: missing),
        Row(
            what: "all in place", service: service(), slices: [slice(ready: false), slice(ready: true)],
            plan: .ask(path: "/apis/example.com/v1")),
        Row(
            what: "a name outside of the cluster", service: service(port: 1, type: "ExternalName"),
            plan: .ask(path: "/apis/example.com/v1")),
    ]

    @Test("what the objects say decides whether the server is asked", arguments: rows)
    func decides(_ row: Row) {
        #expect(AvailabilityPlan.decide(Self.remote, service: row.service, slices: row.slices) == row.plan)
    }

    @Test("what the server serves itself is always available")
    func local() {
        let plan = AvailabilityPlan.decide(["spec": ["version": "v1"]], service: nil, slices: [])
        #expect(plan == .settled(AvailabilityCondition(true, "Local", "Local APIServices are always available")))
    }

    @Test("the condition keeps its time while its status is the same, and leaves other conditions alone")
    func keepsTime() {
        var object: Value = ["status": ["conditions": [["type": "Other", "status": "True"]]]]
        let first = Timestamp(seconds: 0)
        AvailabilityCondition(false, "ServiceNotFound", "a").put(into: &object, now: first)
        AvailabilityCondition(false, "EndpointsNotFound", "b").put(into: &object, now: Timestamp(seconds: 60))
        let conditions = object[path: "status", "conditions"]?.arrayValue ?? []
        #expect(conditions.count == 2)
        #expect(conditions.last?["reason"] == "EndpointsNotFound")
        #expect(conditions.last?["lastTransitionTime"] == .string(first.rfc3339))
    }
}
