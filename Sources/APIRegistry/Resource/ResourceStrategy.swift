package import APIMachinery
package import Determinism

/// What is particular to a resource when it is written. Everything else is generic.
///
/// Prepare never rejects; validate never changes and returns every error with its field path. The
/// defaults suit a resource with `spec` and, if it has a status subresource, `status`.
package protocol ResourceStrategy: Sendable {
    /// Fills in what the client left out, on every read of a client's object. Must be idempotent.
    func setDefaults(_ object: inout Value)

    func prepareForCreate(_ object: inout Value)
    func prepareForUpdate(_ object: inout Value, from old: Value)
    func prepareForStatusUpdate(_ object: inout Value, from old: Value)
    /// Leaves of a write to another subresource what that may change: `ephemeralContainers`, `finalize`.
    func prepareForUpdate(of subresource: String, _ object: inout Value, from old: Value)

    /// Writes down when something changed, where who changed the status does not say.
    func noteTimes(_ object: inout Value, from old: Value, now: Timestamp)

    func validateName(_ name: String) -> [String]
    func validate(_ object: Value) -> [FieldError]
    func validateUpdate(_ object: Value, from old: Value) -> [FieldError]
    func validateStatusUpdate(_ object: Value, from old: Value) -> [FieldError]
    func validateUpdate(of subresource: String, _ object: Value, from old: Value) -> [FieldError]

    /// Brings an object that was stored under older rules up to date before it is changed.
    func revise(_ stored: inout Value)

    /// What the client should know though the write succeeds.
    func warnings(_ object: Value, old: Value?) -> [String]

    /// Seconds that a deletion waits for the object's owner to end it; `nil` for resources that go at once.
    func gracePeriod(of object: Value, requested: Int64?) -> Int64?
    /// Whether the object outlives its deletion for a reason of its own, beside `metadata.finalizers`.
    func isHeld(_ object: Value) -> Bool
    /// Notes in an object that stays for now that it is to be deleted.
    func prepareForDeletion(_ object: inout Value)

    /// Whether a PUT without a resource version overwrites whatever is there.
    var allowsUnconditionalUpdate: Bool { get }
    /// Whether a PUT of an object that is not there creates it.
    var createsOnUpdate: Bool { get }
}

extension ResourceStrategy {
    package func setDefaults(_ object: inout Value) {}
    package func prepareForCreate(_ object: inout Value) { object["status"] = nil }

    package func prepareForUpdate(_ object: inout Value, from old: Value) { object["status"] = old["status"] }

    package func prepareForStatusUpdate(_ object: inout Value, from old: Value) {
        StatusUpdate.keepAllButStatus(&object, from: old)
    }

    package func prepareForUpdate(of subresource: String, _ object: inout Value, from old: Value) {}
    package func noteTimes(_ object: inout Value, from old: Value, now: Timestamp) {}
    package func validateUpdate(of subresource: String, _ object: Value, from old: Value) -> [FieldError] { [] }
    package func isHeld(_ object: Value) -> Bool { false }
    package func prepareForDeletion(_ object: inout Value) {}
    package func validateName(_ name: String) -> [String] { Names.dns1123Subdomain(name) }
    package func validate(_ object: Value) -> [FieldError] { [] }
    package func validateUpdate(_ object: Value, from old: Value) -> [FieldError] { validate(object) }
    package func validateStatusUpdate(_ object: Value, from old: Value) -> [FieldError] { [] }
    package func revise(_ stored: inout Value) {}
    package func warnings(_ object: Value, old: Value?) -> [String] { [] }
    package func gracePeriod(of object: Value, requested: Int64?) -> Int64? { nil }
    package var allowsUnconditionalUpdate: Bool { true }
    package var createsOnUpdate: Bool { false }
}

package enum StatusUpdate {
    /// A write of the status subresource changes the status, and the metadata that any write may, and nothing else.
    package static func keepAllButStatus(_ object: inout Value, from old: Value) {
        guard case .object(let fields) = old else { return }
        var result = fields
        result["status"] = object["status"]
        result["metadata"] = object["metadata"]
        object = .object(result)
        for name in ["generation", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            object[path: "metadata", name] = old[path: "metadata", name]
        }
    }
}

/// The strategy of a resource about which nothing is particular.
package struct PlainStrategy: ResourceStrategy {
    package let hasStatus: Bool
    private let nameRule: @Sendable (String) -> [String]

    package init(hasStatus: Bool, nameRule: @escaping @Sendable (String) -> [String] = { Names.dns1123Subdomain($0) }) {
        self.hasStatus = hasStatus
        self.nameRule = nameRule
    }

    package func validateName(_ name: String) -> [String] { nameRule(name) }

    package func prepareForCreate(_ object: inout Value) { if hasStatus { object["status"] = nil } }

    package func prepareForUpdate(_ object: inout Value, from old: Value) {
        if hasStatus { object["status"] = old["status"] }
    }
}
