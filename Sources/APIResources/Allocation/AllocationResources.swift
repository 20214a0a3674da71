internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `resource.k8s.io`: devices and claims to them.
enum AllocationResources {
    static let all: [String: ResourceCustomization] = [
        "deviceclasses": ResourceCustomization(
            strategy: RuleStrategy(check: current(DeviceClaimRules.deviceClass)), columns: [.name, .age]),
        "resourceclaims": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], defaults: DeviceDefaults.claim, createCheck: current(DeviceClaimRules.claim),
                updateCheck: DeviceClaimRules.claimUpdate, statusCheck: DeviceClaimRules.claimStatus),
            columns: claim),
        "resourceclaimtemplates": ResourceCustomization(
            strategy: RuleStrategy(
                defaults: DeviceDefaults.template, createCheck: current(DeviceClaimRules.template),
                updateCheck: DeviceClaimRules.claimUpdate),
            columns: [.name, .age]),
        "resourceslices": ResourceCustomization(
            strategy: RuleStrategy(
                createCheck: current(DeviceSliceRules.slice),
                updateCheck: { isOld($0) ? [] : DeviceSliceRules.sliceUpdate($0, from: $1) }),
            columns: slice, selectableFields: [SelectableField("spec.nodeName"), SelectableField("spec.driver")]),
    ]

    /// The first beta had other fields, which the rules do not read.
    private static func isOld(_ object: Value) -> Bool { object["apiVersion"] == "resource.k8s.io/v1beta1" }

    private static func current(_ check: @escaping RuleStrategy.Check) -> RuleStrategy.Check {
        { isOld($0) ? [] : check($0) }
    }

    private static let claim: [TableColumn] = [
        .name, .text("State", "Whether the claim waits, has its devices, is in use.", cell: state), .age,
    ]

    private static func state(_ claim: Value) -> String {
        let isDeleted = claim.has("metadata", "deletionTimestamp")
        var states = isDeleted ? ["deleted"] : []
        if claim.has("status", "allocation") {
            states.append("allocated")
            if !claim.items("status", "reservedFor").isEmpty { states.append("reserved") }
        } else if !isDeleted {
            states.append("pending")
        }
        return states.joined(separator: ",")
    }

    private static let slice: [TableColumn] = [
        .name,
        .text("Node", "The node that has the devices.") { $0.text("spec", "nodeName") },
        .text("Driver", "The driver that offers the devices.") { $0.text("spec", "driver") },
        .text("Pool", "The pool to which the devices belong.") { $0.text("spec", "pool", "name") },
        .age,
    ]
}
