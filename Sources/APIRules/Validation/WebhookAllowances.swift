internal import APIMachinery

/// What a configuration may keep that a new one could not have: faults that it had before there was a rule.
struct WebhookAllowances {
    static let reviewVersions = ["v1", "v1beta1"]
    private static let noSideEffects = ["None", "NoneOnDryRun"]
    private static let allSideEffects = ["None", "NoneOnDryRun", "Some", "Unknown"]

    private(set) var keepsConditions = false
    private(set) var sideEffects = noSideEffects
    private(set) var allowsUnknownReviews = false
    private(set) var allowsSameNames = false
    private(set) var allowsAnyLabelValue = false

    init() {}

    init(_ object: Value, from old: Value) {
        let (new, before) = (FieldView(object)["webhooks"].items, FieldView(old)["webhooks"].items)
        keepsConditions =
            new.count == before.count
            && zip(new, before).allSatisfy { $0["matchConditions"].value == $1["matchConditions"].value }
        if !before.allSatisfy({ Self.noSideEffects.contains($0["sideEffects"].text) }) {
            sideEffects = Self.allSideEffects
        }
        allowsUnknownReviews = before.contains { webhook in
            let versions = webhook["admissionReviewVersions"].texts
            return !versions.isEmpty && Set(versions).isDisjoint(with: Self.reviewVersions)
        }
        allowsSameNames = Set(before.map { $0["name"].text }).count != before.count
        allowsAnyLabelValue = !Findings.of { findings in
            for webhook in before {
                for selector in ["namespaceSelector", "objectSelector"] { findings.labelSelector(webhook[selector]) }
            }
        }.isEmpty
    }
}
