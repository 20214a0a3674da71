internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism

/// A strategy put together from rules: what most resources need, as one table entry.
struct RuleStrategy: ResourceStrategy {
    typealias Change = @Sendable (inout Fields) -> Void
    /// Second argument: the object before.
    typealias Transition = @Sendable (inout Fields, Value) -> Void
    typealias Check = @Sendable (Value) -> [FieldError]
    /// Second argument: the object before.
    typealias TransitionCheck = @Sendable (Value, Value) -> [FieldError]

    /// What the status is at first; `nil` for resources without one.
    var initialStatus: Value?
    var createsOnUpdate = false
    var allowsUnconditionalUpdate = true
    var nameRule: @Sendable (String) -> [String] = { Names.dns1123Subdomain($0) }
    var defaults: Change?
    var onCreate: Change?
    var onUpdate: Transition?
    var onStatusUpdate: Transition?
    /// When something of the status changed. Arguments: the object, the object before, the time.
    var onStatusTime: (@Sendable (inout Fields, Value, Timestamp) -> Void)?
    var check: Check?
    /// Beyond what `check` says, of a new object only.
    var createCheck: Check?
    /// Beyond what `check` says of the new object.
    var updateCheck: TransitionCheck?
    var statusCheck: TransitionCheck?
    var warn: (@Sendable (Value, Value?) -> [String])?

    func setDefaults(_ object: inout Value) {
        if let defaults { object.modifyFields(defaults) }
    }

    func prepareForCreate(_ object: inout Value) {
        if let initialStatus { object["status"] = initialStatus }
        if let onCreate { object.modifyFields(onCreate) }
    }

    func prepareForUpdate(_ object: inout Value, from old: Value) {
        if initialStatus != nil { object["status"] = old["status"] }
        if let onUpdate { object.modifyFields { onUpdate(&$0, old) } }
    }

    func prepareForStatusUpdate(_ object: inout Value, from old: Value) {
        StatusUpdate.keepAllButStatus(&object, from: old)
        if let onStatusUpdate { object.modifyFields { onStatusUpdate(&$0, old) } }
    }

    func noteTimes(_ object: inout Value, from old: Value, now: Timestamp) {
        if let onStatusTime { object.modifyFields { onStatusTime(&$0, old, now) } }
    }

    func validateName(_ name: String) -> [String] { nameRule(name) }
    func validate(_ object: Value) -> [FieldError] { (check?(object) ?? []) + (createCheck?(object) ?? []) }

    func validateUpdate(_ object: Value, from old: Value) -> [FieldError] {
        (check?(object) ?? []) + (updateCheck?(object, old) ?? [])
    }

    func validateStatusUpdate(_ object: Value, from old: Value) -> [FieldError] {
        statusCheck?(object, old) ?? []
    }

    func warnings(_ object: Value, old: Value?) -> [String] { warn?(object, old) ?? [] }
}
