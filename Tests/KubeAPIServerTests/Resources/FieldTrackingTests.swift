import APIMachinery
import KubeAPIServer
import Testing

@Suite("The owners of fields")
struct FieldTrackingTests {
    private static func object(_ owners: Value) -> Value { ["metadata": ["name": "a", "managedFields": owners]] }

    private static let sound: Value = [
        [
            "manager": "kubectl", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": ["f:data": ["f:a": [:]]],
        ]
    ]

    @Test("what admission leaves unreadable is taken back, with a warning")
    func unreadable() {
        let warnings = WarningCollector()
        var changed = Self.object([["manager": "webhook", "operation": "Delete"]])
        FieldTracking.restore(Self.sound, in: &changed, warnings)
        #expect(changed == Self.object(Self.sound))
        #expect(
            warnings.all == [
                ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated "
                    + "mutating admission controller; please fix your requests: operation must be `Apply` or `Update`"
            ])
    }

    @Test("what admission changes readably stays")
    func readable() {
        let warnings = WarningCollector()
        var changed = Self.object([])
        FieldTracking.restore(Self.sound, in: &changed, warnings)
        #expect(changed == Self.object([]))
        #expect(warnings.all.isEmpty)
    }
}
