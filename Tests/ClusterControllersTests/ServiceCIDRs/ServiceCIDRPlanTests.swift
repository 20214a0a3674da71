import APIMachinery
import APITypes
import ClusterControllers
import Determinism
import TestKit
import Testing

@Suite("ServiceCIDRPlan")
struct ServiceCIDRPlanTests {
    private func block(
        _ name: String, _ cidrs: [String], deleted: Duration? = nil, isProtected: Bool = true
    ) -> ServiceCIDR {
        var block = ServiceCIDR()
        block.metadata.name = name
        block.metadata.finalizers = isProtected ? ["networking.k8s.io/service-cidr-finalizer"] : []
        block.metadata.deletionTimestamp = deleted.map { .testEpoch - $0 }
        block.spec.cidrs = cidrs
        return block
    }

    private func decide(
        _ block: ServiceCIDR, _ others: [ServiceCIDR] = [], _ addresses: [String] = []
    ) -> ServiceCIDRPlan {
        ServiceCIDRPlan.decide(
            block, all: [block] + others, addresses: { addresses.compactMap { IPAddress($0) } }, now: .testEpoch)
    }

    @Test("a new one is protected, then ready, then left alone")
    func ready() throws {
        #expect(decide(block("a", ["10.0.0.0/24"], isProtected: false)) == .protect)
        var fresh = block("a", ["10.0.0.0/24"])
        guard case .write(let condition) = decide(fresh) else { return #expect(Bool(false), "it is not ready") }
        #expect(condition.status == "True" && condition.message == "Kubernetes Service CIDR is ready")
        fresh.status.conditions = [condition]
        #expect(decide(fresh) == .keep)
    }

    @Test("one that is deleted goes late, and only when no address would be without a block")
    func deletion() {
        let going = block("a", ["10.0.0.0/24"], deleted: .seconds(11))
        #expect(decide(going) == .release)
        #expect(decide(block("a", ["10.0.0.0/24"], deleted: .seconds(4))) == .wait(.seconds(6)))
        #expect(decide(block("a", ["10.0.0.0/24"], deleted: .zero, isProtected: false)) == .keep)
        let cases: [(addresses: [String], others: [ServiceCIDR], goes: Bool)] = [
            (["10.0.1.7"], [], true),
            (["10.0.0.7"], [], false),
            (["10.0.0.7"], [block("b", ["10.0.0.0/25"])], true),
            (["10.0.0.200"], [block("b", ["10.0.0.0/25"])], false),
            (["10.0.0.200"], [block("b", ["10.0.0.0/16"])], true),
            (["10.0.0.200"], [block("b", ["10.0.0.0/24"])], true),
        ]
        for (addresses, others, goes) in cases {
            let plan = decide(going, others, addresses)
            if goes {
                #expect(plan == .release, "\(addresses) \(others.map(\.spec.cidrs))")
            } else if case .write(let condition) = plan {
                #expect(condition.status == "False" && condition.reason == "Terminating")
            } else {
                #expect(Bool(false), "\(addresses) \(others.map(\.spec.cidrs)): \(plan)")
            }
        }
    }

    @Test("those that share addresses are looked at together")
    func overlap() {
        #expect(ServiceCIDRPlan.overlap(block("a", ["10.0.0.0/16"]), block("b", ["10.0.7.0/24"])))
        #expect(ServiceCIDRPlan.overlap(block("a", ["10.0.7.0/24"]), block("b", ["10.0.0.0/16"])))
        #expect(!ServiceCIDRPlan.overlap(block("a", ["10.0.7.0/24"]), block("b", ["10.0.8.0/24", "fd00::/112"])))
    }
}
