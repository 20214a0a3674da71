package import APIMachinery

/// What creates, updates and patches are asked with (`meta/v1` CreateOptions, UpdateOptions, PatchOptions; upstream's
/// `meta/v1/validation`).
package enum WriteOptions {
    /// Bytes of a manager's name.
    private static let fieldManagerMax = 128
    private static let dryRunAll = "All"
    private static let kinds = ["create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"]
    private static let patchesThatApply = ["application/apply-patch+yaml", "application/apply-patch+cbor"]

    /// Refuses what cannot be meant. Who does not want a real write must not get one for having asked badly.
    ///
    /// - contentType: of a patch, whose kind decides what may be said.
    package static func check(
        _ query: QueryParameters, verb: String, contentType: String?
    ) throws(StatusError) {
        guard let kind = kinds[verb] else { return }
        var errors: [FieldError] = []
        let manager = query["fieldManager"] ?? ""
        if verb == "patch" {
            let type = (contentType ?? "").split(separator: ";").first.map(String.init)?.trimmed ?? ""
            if patchesThatApply.contains(type) {
                if manager.isEmpty { errors.append(.required("fieldManager", "is required for apply patch")) }
            } else if query["force"] != nil {
                errors.append(.forbidden("force", "may not be specified for non-apply patch"))
            }
        }
        errors += managerErrors(manager) + dryRunErrors(query.all("dryRun"))
        let validation = query["fieldValidation"] ?? ""
        if !["", "Ignore", "Strict", "Warn"].contains(validation) {
            errors.append(.notSupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]))
        }
        guard errors.isEmpty else { throw .invalid(MetaKind.kind(kind), "", errors) }
    }

    static func dryRunErrors(_ values: [String]) -> [FieldError] {
        values.allSatisfy { $0 == dryRunAll } ? [] : [.notSupported("dryRun", Value.strings(values), [dryRunAll])]
    }

    private static func managerErrors(_ manager: String) -> [FieldError] {
        var errors: [FieldError] = []
        if manager.utf8.count > fieldManagerMax { errors.append(.tooLong("fieldManager", maximum: fieldManagerMax)) }
        var position = 0
        for scalar in manager.unicodeScalars {
            if !isPrintable(scalar) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let code = String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
                errors.append(
                    .invalid("fieldManager", manager, "invalid character U+\(code) (at position \(position))"))
            }
            position += UTF8.width(scalar)
        }
        return errors
    }

    /// As Go has it: letters, marks, numbers, punctuation, symbols, and the space of ASCII.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        case _: true
        }
    }
}
