internal import APIMachinery

/// What the policies have written down of one request, in upstream's annotations.
struct PolicyNotes {
    static let valueMax = 10 * 1024
    static let failuresMax = 100

    private var values: [(key: String, values: [String])] = []
    private var failures: [(message: String, policy: String, binding: PolicyBinding, index: Int)] = []

    mutating func add(_ verdict: PolicyVerdict, of policy: PolicyBasis, _ binding: PolicyBinding) {
        for annotation in verdict.annotations {
            let key = "\(policy.name)/\(annotation.key)"
            let value = String(decoding: annotation.value.utf8.prefix(Self.valueMax), as: UTF8.self)
            if let place = values.firstIndex(where: { $0.key == key }) {
                if !values[place].values.contains(value) { values[place].values.append(value) }
            } else {
                values.append((key, [value]))
            }
        }
        guard binding.actions.contains("Audit") else { return }
        failures += verdict.denials.map { ($0.message, policy.name, binding, $0.index) }
    }

    func publish(to audit: AuditRecord) {
        for (key, values) in values { audit.annotate(key, values.joined(separator: ", ")) }
        guard !failures.isEmpty else { return }
        audit.annotate(
            "validation.policy.admission.k8s.io/validation_failure", String(decoding: failureList, as: UTF8.self))
    }

    private var failureList: [UInt8] {
        JSONWriter.bytes { writer in
            writer.beginArray()
            for failure in failures.prefix(Self.failuresMax) {
                writer.beginObject()
                writer.key("message")
                writer.string(failure.message)
                writer.key("policy")
                writer.string(failure.policy)
                writer.key("binding")
                writer.string(failure.binding.name)
                writer.key("expressionIndex")
                writer.integer(Int64(failure.index))
                writer.key("validationActions")
                Value.strings(failure.binding.actions).encode(to: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
    }
}
