internal import APIMachinery

/// The way from client-side apply, which keeps its memory in an annotation, to server-side apply.
enum LastApplied {
    static let annotation = "kubectl.kubernetes.io/last-applied-configuration"
    /// Only this manager is led over.
    static let manager = "kubectl"
    /// The most bytes that all annotations may have together.
    static let annotationsSizeMax = 256 * 1024

    /// What the last client-side apply set and nobody has changed since: kubectl may take it over
    /// from whoever owns it.
    static func conflictsAllowed(_ live: Value, _ apiVersion: String, _ shape: MergeShape) -> FieldSet {
        guard let text = live[path: "metadata", "annotations", annotation]?.stringValue, !text.isEmpty else {
            return FieldSet()
        }
        do {
            let applied = try Value(json: text)
            guard applied["apiVersion"] == .string(apiVersion) else { return FieldSet() }
            let differences = try ObjectComparison(applied, live, shape)
            return try AppliedFields.of(applied, shape).subtracting(differences.touched)
                .subtracting(differences.removed)
        } catch {
            // An annotation that cannot be read excuses nothing.
            return FieldSet()
        }
    }

    /// Keeps an annotation that is there true, so that client-side apply can go on from it.
    static func refresh(in object: inout Value, from applied: Value) {
        guard let old = object[path: "metadata", "annotations", annotation]?.stringValue, !old.isEmpty else { return }
        var applied = applied
        applied[path: "metadata", "annotations", annotation] = nil
        let text = String(decoding: applied.json, as: UTF8.self) + "\n"
        object[path: "metadata", "annotations", annotation] = .string(text)
        let annotations = object[path: "metadata", "annotations"]?.objectValue ?? Fields()
        let size = annotations.reduce(0) { $0 + $1.name.utf8.count + ($1.value.stringValue?.utf8.count ?? 0) }
        if size > annotationsSizeMax { object[path: "metadata", "annotations", annotation] = nil }
    }
}
