package import APIMachinery
internal import APIRules
package import APITypes
package import Determinism

/// What to do about one ServiceCIDR.
package enum ServiceCIDRPlan: Equatable, Sendable {
    case keep
    /// It is to have the finalizer.
    case protect
    /// It is to say whether it is ready, and why not.
    case write(Condition)
    /// It goes, but the API servers may not know of that yet.
    case wait(Duration)
    case release

    /// How long every API server may take to hear that a block goes.
    package static let deletionGrace = Duration.seconds(10)
    private static let inUse =
        "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"

    /// - all: every ServiceCIDR.
    /// - addresses: the addresses that API servers have given out.
    package static func decide(
        _ object: ServiceCIDR, all: [ServiceCIDR], addresses: () -> [IPAddress], now: Timestamp
    ) -> ServiceCIDRPlan {
        let isProtected = object.metadata.finalizers.contains(ServiceBlock.finalizer)
        guard let deletion = object.metadata.deletionTimestamp else {
            guard isProtected else { return .protect }
            return say("True", "", "Kubernetes Service CIDR is ready", of: object, now)
        }
        guard isProtected else { return .keep }
        guard mayGo(object, all, addresses) else { return say("False", "Terminating", inUse, of: object, now) }
        let end = deletion + deletionGrace
        return end > now ? .wait(end - now) : .release
    }

    /// A block goes when others cover it, or when no address would be without one.
    private static func mayGo(_ object: ServiceCIDR, _ all: [ServiceCIDR], _ addresses: () -> [IPAddress]) -> Bool {
        let others = all.filter { $0.metadata.name != object.metadata.name }.flatMap(blocks)
        let own = blocks(of: object)
        let isCovered = own.allSatisfy { block in
            others.contains { $0.prefixLength <= block.prefixLength && $0.contains(block.address) }
        }
        if isCovered { return true }
        return !addresses().contains { address in
            own.contains { ServiceBlock.offers($0, address) } && !others.contains { ServiceBlock.offers($0, address) }
        }
    }

    private static func say(
        _ status: String, _ reason: String, _ message: String, of object: ServiceCIDR, _ now: Timestamp
    ) -> ServiceCIDRPlan {
        let present = object.status.conditions.first { $0.type == "Ready" }
        if let present, present.status == status, present.reason == reason, present.message == message { return .keep }
        var condition = Condition()
        condition.type = "Ready"
        condition.status = status
        condition.reason = reason
        condition.message = message
        condition.lastTransitionTime = present?.status == status ? present?.lastTransitionTime : now
        return .write(condition)
    }

    package static func blocks(of object: ServiceCIDR) -> [CIDR] { object.spec.cidrs.compactMap { CIDR($0) } }

    /// Whether what happens to one of the two may matter to the other.
    package static func overlap(_ one: ServiceCIDR, _ other: ServiceCIDR) -> Bool {
        blocks(of: one).contains { block in
            blocks(of: other).contains { $0.contains(block.address) || block.contains($0.address) }
        }
    }
}
