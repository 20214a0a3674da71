internal import APIMachinery
internal import RE2

/// Named formats of texts: `format.dns1123Label().validate(name)`.
enum NamedFormatLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        library.add(type: .object("kubernetes.NamedFormat"), named: "kubernetes.NamedFormat")
        library.member(
            "validate", "format-validate", "(kubernetes.NamedFormat, string) -> optional(list(string))",
            .binary { format, text throws(CELEvaluationError) in
                guard case .object(let object) = format, let format = object as? NamedFormat else {
                    throw .noSuchOverload
                }
                let errors = format.check(try text.string())
                return .optional(errors.isEmpty ? .none : .some(.list(errors.map { .string($0) })))
            })
        library.global(
            "format.named", "format-named", "(string) -> optional(kubernetes.NamedFormat)",
            .unary { name throws(CELEvaluationError) in
                let name = try name.string()
                return .optional(formats.first { $0.function == name }.map { .some(.object($0)) } ?? .none)
            })
        for format in formats {
            let function = "format.\(format.function)"
            library.global(function, function, "() -> kubernetes.NamedFormat", .variadic { _ in .object(format) })
        }
        return library
    }()

    private static func prefixed(_ check: @escaping @Sendable (String) -> [String]) -> @Sendable (String) -> [String] {
        { check(Names.maskingTrailingDash($0)) }
    }

    fileprivate static let formats: [NamedFormat] = [
        NamedFormat(function: "dns1123Label", name: "DNS1123Label", size: 30) { Names.dns1123Label($0) },
        NamedFormat(function: "dns1123Subdomain", name: "DNS1123Subdomain", size: 60) { Names.dns1123Subdomain($0) },
        NamedFormat(function: "dns1035Label", name: "DNS1035Label", size: 30) { Names.dns1035Label($0) },
        NamedFormat(function: "qualifiedName", name: "QualifiedName", size: 60) { Names.labelKey($0) },
        NamedFormat(
            function: "dns1123LabelPrefix", name: "DNS1123LabelPrefix", size: 30, check: prefixed(Names.dns1123Label)),
        NamedFormat(
            function: "dns1123SubdomainPrefix", name: "DNS1123SubdomainPrefix", size: 60,
            check: prefixed(Names.dns1123Subdomain)),
        NamedFormat(
            function: "dns1035LabelPrefix", name: "DNS1035LabelPrefix", size: 30, check: prefixed(Names.dns1035Label)),
        NamedFormat(function: "labelValue", name: "LabelValue", size: 40) { Names.labelValue($0) },
        NamedFormat(function: "uri", name: "URI", size: 1103) { text in
            do throws(GoURL.Problem) {
                _ = try GoURL(parsing: text)
                return []
            } catch {
                return [error.message]
            }
        },
        NamedFormat(function: "uuid", name: "uuid", size: 105) { text in
            uuid?.matches(text) ?? false ? [] : ["does not match the UUID format"]
        },
        NamedFormat(function: "byte", name: "byte", size: 84) { text in
            let isBase64 = !text.isEmpty && text.utf8.count % 4 == 0 && Base64.decode(Array(text.utf8)) != nil
            return isBase64 && !text.contains("\n") ? [] : ["invalid base64"]
        },
        NamedFormat(function: "date", name: "date", size: 134) { text in
            // Only whether it can be read is asked.
            (try? CELTimestamp(parsing: text + "T00:00:00Z")) != nil ? [] : ["invalid date"]
        },
        NamedFormat(function: "datetime", name: "datetime", size: 134) { text in
            // Only whether it can be read is asked.
            (try? CELTimestamp(parsing: text)) != nil ? [] : ["invalid datetime"]
        },
    ]

    private static let uuid: RE2Pattern? = {
        // A constant that is a pattern.
        try? RE2Pattern("(?i)(^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$)|(^[a-f0-9]{32}$)")
    }()
}

private struct NamedFormat: CELObject {
    let function: String
    let name: String
    /// How long the pattern is, by upstream's count.
    let size: UInt64
    let check: @Sendable (String) -> [String]

    var type: CELType { .object("kubernetes.NamedFormat") }
    func isEqual(to other: any CELObject) -> Bool { (other as? NamedFormat)?.name == name }
}
