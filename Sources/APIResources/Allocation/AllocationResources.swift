internal import APIMachinery
internal import APIRegistry

/// The group `resource.k8s.io`: devices and claims to them.
enum AllocationResources {
    static let all: [String: ResourceCustomization] = [
        "deviceclasses": ResourceCustomization(columns: [.name, .age]),
        "resourceclaims": ResourceCustomization(columns: claim),
        "resourceclaimtemplates": ResourceCustomization(columns: [.name, .age]),
        "resourceslices": ResourceCustomization(columns: slice),
    ]

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
