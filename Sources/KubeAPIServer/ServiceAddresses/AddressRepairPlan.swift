package import APIMachinery
package import Determinism

/// Sets right what Services and IPAddress objects say of each other.
package enum AddressRepairPlan {
    /// How long an address may be without its Service: the time that a request may take.
    package static let grace = Duration.seconds(60)

    /// What is to be done.
    package enum Step: Equatable, Sendable {
        case create(IPAddress)
        case replace(IPAddress, uid: String)
        case delete(uid: String)
        case lookAgain(after: Duration)
        /// Only whoever runs the cluster can set it right.
        case report(String)
        case keep
    }

    /// What to do about one of a Service's addresses.
    ///
    /// - isHeld: whether the Service that the object names has the address.
    package static func decide(
        _ address: IPAddress, of service: String, object: ServiceAddress?, isKnown: Bool, isHeld: Bool
    ) -> Step {
        guard isKnown else { return .report("is not within any configured Service CIDR; please recreate service") }
        guard let object else { return .create(address) }
        if object.service != service, isHeld {
            return .report("was assigned to multiple services; please recreate service")
        }
        guard object.service == service, object.isManaged, object.hasFamilyLabel else {
            return .replace(address, uid: object.uid)
        }
        return .keep
    }

    /// About an address whose Service may be gone.
    ///
    /// - wasReleased: its Service was seen to let go of it.
    /// - held: the addresses of the Service that it names; `nil`: there is no such Service.
    package static func decide(
        _ object: ServiceAddress, wasReleased: Bool, now: Timestamp, held: [IPAddress]?
    ) -> Step {
        guard object.isManaged else { return .keep }
        guard object.service != nil else { return .delete(uid: object.uid) }
        guard let held else {
            let age = now - object.created
            return wasReleased || age > grace ? .delete(uid: object.uid) : .lookAgain(after: grace - age)
        }
        return held.contains { $0.description == object.address } ? .keep : .delete(uid: object.uid)
    }
}
