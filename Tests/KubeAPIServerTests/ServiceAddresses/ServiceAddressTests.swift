import APIClient
import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import KubeAPIServer
import TestKit
import Testing

@Suite("Addresses of Services", .timeLimit(.minutes(1)))
struct ServiceAddressTests {
    private static func cidr(
        _ name: String, _ blocks: [Value], ready: Value? = "True", isDeleted: Bool = false
    ) -> Value {
        var object: Value = [
            "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": ["name": .string(name)],
            "spec": ["cidrs": .array(blocks)],
        ]
        if isDeleted { object[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z" }
        if let ready { object["status"] = ["conditions": [["type": "Ready", "status": ready]]] }
        return object
    }

    @Test("addresses come out of blocks that are ready, the cluster's own first")
    func blocks() throws {
        var blocks = ServiceBlocks()
        blocks.put(Self.cidr("a", ["10.1.0.0/24", "fd00::/112"]), isGone: false)
        blocks.put(Self.cidr("b", ["10.2.0.0/24"], ready: "False"), isGone: false)
        blocks.put(Self.cidr("c", ["10.3.0.0/24"], isDeleted: true), isGone: false)
        blocks.put(Self.cidr("d", ["10.1.0.0/24"]), isGone: false)
        blocks.put(Self.cidr("kubernetes", ["10.0.0.0/24"], ready: nil), isGone: false)
        #expect(blocks.ready.map(\.description) == ["10.0.0.0/24", "10.1.0.0/24", "fd00::/112"])
        let cases = [
            ("10.0.0.0", false), ("10.0.0.1", true), ("10.0.0.254", true), ("10.0.0.255", false), ("10.3.0.9", true),
            ("10.4.0.1", false), ("fd00::", false), ("fd00::ffff", true),
        ]
        for (text, isKnown) in cases { #expect(blocks.knows(try #require(IPAddress(text))) == isKnown, "\(text)") }
        blocks.put(Self.cidr("a", []), isGone: true)
        #expect(blocks.ready.map(\.description) == ["10.0.0.0/24", "10.1.0.0/24"])
    }

    @Test("the server's own block is made, declared ready once, and otherwise left alone")
    func defaultBlock() throws {
        let block = try #require(CIDR("10.0.0.0/24"))
        func decide(_ object: Value?) -> DefaultServiceCIDRPlan {
            DefaultServiceCIDRPlan.decide(object, block: block, now: .testEpoch)
        }
        guard case .create(let object) = decide(nil) else { return #expect(Bool(false), "it is not made") }
        #expect(object[path: "spec", "cidrs"] == ["10.0.0.0/24"])
        guard case .write(let status) = decide(object) else { return #expect(Bool(false), "it is not ready") }
        let condition = try #require(status["conditions"]?.arrayValue?.first)
        #expect(condition["status"] == "True" && condition["message"] == "Kubernetes default Service CIDR is ready")
        #expect(decide(Self.cidr("kubernetes", ["10.0.0.0/24"])) == .keep)
        #expect(decide(Self.cidr("kubernetes", ["10.0.0.0/24"], ready: nil, isDeleted: true)) == .keep)
        for other in [
            Self.cidr("kubernetes", ["10.9.0.0/24"]), Self.cidr("kubernetes", ["10.0.0.0/24"], ready: "False"),
        ] {
            guard case .report = decide(other) else { return #expect(Bool(false), "nobody hears of \(other)") }
        }
    }

    @Test("what Services and addresses say of each other is set right")
    func repair() throws {
        let address = try #require(IPAddress("10.0.0.9"))
        let made = ServiceAddress.object(address, namespace: "n", service: "s")
        var good = ServiceAddress(made)
        good.uid = "u"
        good.created = .testEpoch
        #expect(good.service == "n/s" && good.isManaged && good.hasFamilyLabel)
        var foreign = good
        foreign.service = "n/other"
        var unlabelled = good
        unlabelled.hasFamilyLabel = false
        typealias Step = AddressRepairPlan.Step
        func service(_ object: ServiceAddress?, isKnown: Bool = true, isHeld: Bool = false) -> Step {
            AddressRepairPlan.decide(address, of: "n/s", object: object, isKnown: isKnown, isHeld: isHeld)
        }
        #expect(service(good, isHeld: true) == .keep)
        #expect(service(nil) == .create(address))
        #expect(service(foreign) == .replace(address, uid: "u"))
        #expect(service(unlabelled, isHeld: true) == .replace(address, uid: "u"))
        #expect(service(foreign, isHeld: true) == .report("was assigned to multiple services; please recreate service"))
        #expect(
            service(nil, isKnown: false)
                == .report("is not within any configured Service CIDR; please recreate service"))

        func object(_ object: ServiceAddress, _ held: [IPAddress]?, released: Bool = false, after: Duration) -> Step {
            AddressRepairPlan.decide(object, wasReleased: released, now: .testEpoch + after, held: held)
        }
        #expect(object(good, [address], after: .seconds(90)) == .keep)
        #expect(object(good, [], after: .seconds(1)) == .delete(uid: "u"))
        #expect(object(good, nil, after: .seconds(20)) == .lookAgain(after: .seconds(40)))
        #expect(object(good, nil, after: .seconds(61)) == .delete(uid: "u"))
        #expect(object(good, nil, released: true, after: .seconds(1)) == .delete(uid: "u"))
        var unmanaged = good
        unmanaged.isManaged = false
        #expect(object(unmanaged, nil, after: .seconds(90)) == .keep)
        var strange = good
        strange.service = nil
        #expect(object(strange, nil, after: .seconds(1)) == .delete(uid: "u"))
    }

    // MARK: A whole API server

    private static let services = "/api/v1/namespaces/default/services"
    private static let addresses = "/apis/networking.k8s.io/v1/ipaddresses"

    private static func service(_ name: String, _ address: String? = nil) -> Value {
        var spec: Value = ["ports": [["port": 80]]]
        if let address { spec["clusterIP"] = .string(address) }
        return [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)], "spec": spec,
        ]
    }

    @Test("a Service's address is an object, comes out of a ServiceCIDR, and goes with the Service")
    func life() async throws {
        try await InProcessCluster.with { cluster in
            let admin = try cluster.client()
            func send(_ method: APIRequest.Method, _ path: String, _ body: Value? = nil) async throws -> Value {
                do {
                    let answer = try await admin.transport.send(APIRequest(method, path, body: body?.json ?? []))
                    return try Value(json: answer.body)
                } catch let error as StatusError { return .string(error.message) }
            }
            let own = try await send(.get, "/apis/networking.k8s.io/v1/servicecidrs/kubernetes")
            #expect(own[path: "status", "conditions"]?.arrayValue?.first?["status"] == "True")

            let made = try await send(.post, Self.services, Self.service("a"))
            let address = try #require(made[path: "spec", "clusterIP"]?.stringValue)
            let object = try await send(.get, "\(Self.addresses)/\(address)")
            #expect(object[path: "spec", "parentRef", "name"] == "a")
            #expect(
                object[path: "metadata", "labels"] == .object([
                    "ipaddress.kubernetes.io/ip-family": "IPv4",
                    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
                ]))

            let outside = try await send(.post, Self.services, Self.service("b", "10.77.0.9"))
            #expect(
                outside == .string(
                    "Service \"b\" is invalid: spec.clusterIPs: Invalid value: [\"10.77.0.9\"]: failed to allocate IP "
                        + "10.77.0.9: the provided network does not match the current range"))
            let block = Self.cidr("more", ["10.77.0.0/24"], ready: nil)
            _ = try await send(.post, "/apis/networking.k8s.io/v1/servicecidrs", block)
            _ = try await send(
                .post, Self.addresses,
                ServiceAddress.object(try #require(IPAddress("10.77.0.8")), namespace: "default", service: "else"))
            let inside = try await send(.post, Self.services, Self.service("b", "10.77.0.9"))
            #expect(inside[path: "spec", "clusterIP"] == "10.77.0.9")
            for taken in ["10.77.0.9", "10.77.0.8"] {
                let refused = try await send(.post, Self.services, Self.service("c", taken))
                #expect(
                    refused == .string(
                        "Service \"c\" is invalid: spec.clusterIPs: Invalid value: [\"\(taken)\"]: failed to allocate "
                            + "IP \(taken): provided IP is already allocated"))
            }

            _ = try await send(.delete, "\(Self.services)/b")
            try await admin.waitForEnd(of: NetworkingIPAddress.self, ObjectKey(name: "10.77.0.9"))
            _ = try await send(.delete, "\(Self.addresses)/\(address)")
            let uid = object[path: "metadata", "uid"]?.stringValue
            _ = try await admin.wait(for: NetworkingIPAddress.self, ObjectKey(name: address)) { $0.metadata.uid != uid }
        }
    }
}
