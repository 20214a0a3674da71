package import APIMachinery

/// What the schema alone says of an object: fields that must be there, texts of a closed set. For kinds without
/// rules of their own. The status is the controllers' and is not looked at.
package enum SchemaRules {
    package static func check(_ object: Value, as type: SchemaType) -> [FieldError] {
        Findings.of { findings in
            let view = FieldView(object)
            for field in type.fields where !["apiVersion", "kind", "metadata", "status"].contains(field.name) {
                check(view[field.name], field, &findings)
            }
        }
    }

    private static func check(_ view: FieldView, _ field: SchemaField, _ findings: inout Findings) {
        guard view.exists else {
            if field.isRequired, field.emission == .always { findings.add(view.required()) }
            return
        }
        if let allowed = field.allowedValues, case .string(let text)? = view.value {
            if text.isEmpty {
                if field.isRequired { findings.add(view.required()) }
            } else if !allowed.contains(text) {
                findings.add(view.notSupported(allowed.sorted()))
            }
            return
        }
        if field.isRequired, case .string(let text)? = view.value, text.isEmpty { findings.add(view.required()) }
        walk(view, field.type, &findings)
    }

    private static func walk(_ view: FieldView, _ type: FieldType, _ findings: inout Findings) {
        switch type {
        case .type(let reference):
            guard reference.type.shape == .structure, case .object? = view.value else { return }
            for field in reference.type.fields { check(view[field.name], field, &findings) }
        case .list(let element):
            for item in view.items { walk(item, element, &findings) }
        case .map(let element):
            for (_, entry) in view.entries { walk(entry, element, &findings) }
        case .string, .bool, .int32, .int64, .double, .bytes, .builtin, .any:
            break
        }
    }
}
