package import APIMachinery

/// The errors found so far, and the checks that many kinds share; messages are upstream's.
package struct Findings: Sendable {
    package var errors: [FieldError] = []

    package init() {}

    /// Runs some checks and hands back what they found.
    package static func of(_ checks: (inout Findings) -> Void) -> [FieldError] {
        var findings = Findings()
        checks(&findings)
        return findings.errors
    }

    package mutating func add(_ error: FieldError) { errors.append(error) }

    /// One `Invalid value` for every message.
    package mutating func add(_ view: FieldView, _ messages: [String]) {
        for message in messages { errors.append(view.invalid(message)) }
    }

    // MARK: Texts

    package mutating func require(_ view: FieldView, _ why: String = "") {
        if view.isEmpty { errors.append(view.required(why)) }
    }

    /// A text that must be there and follow a rule.
    package mutating func name(_ view: FieldView, _ rule: (String) -> [String]) {
        if view.isEmpty { errors.append(view.required()) } else { add(view, rule(view.text)) }
    }

    /// A text that must follow a rule if it is there.
    package mutating func optionalName(_ view: FieldView, _ rule: (String) -> [String]) {
        if !view.isEmpty { add(view, rule(view.text)) }
    }

    /// One of a few texts; what is missing is `required`, unless it may be missing.
    package mutating func choice(_ view: FieldView, _ supported: [String], isOptional: Bool = false) {
        if view.isEmpty {
            if !isOptional { errors.append(view.required()) }
        } else if !supported.contains(view.text) {
            errors.append(view.notSupported(supported))
        }
    }

    /// Like ``choice(_:_:isOptional:)`` of a field that may be left out altogether: an empty text is no choice.
    package mutating func given(_ view: FieldView, _ supported: [String], isOptional: Bool = false) {
        if !view.exists {
            if !isOptional { errors.append(view.required()) }
        } else if !supported.contains(view.text) {
            errors.append(view.notSupported(supported))
        }
    }

    /// A name such as `acme.io/foo`: whose it is, and what.
    package mutating func domainPrefixedPath(_ view: FieldView) {
        guard !view.isEmpty else { return errors.append(view.required()) }
        let parts = view.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            return errors.append(view.invalid("must be a domain-prefixed path (such as \"acme.io/foo\")"))
        }
        for message in Names.dns1123Subdomain(parts[0]) { errors.append(view.invalid(parts[0], message)) }
        let isPath = parts[1].utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
                || "/-._~%!$&'()*+,;=:".utf8.contains(byte)
        }
        if !isPath {
            errors.append(
                view.invalid(parts[1], Names.pattern("Invalid path", "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+")))
        }
    }

    // MARK: Numbers

    package mutating func nonNegative(_ view: FieldView) {
        if let number = view.number, number < 0 { errors.append(view.invalid("must be greater than or equal to 0")) }
    }

    package mutating func range(_ view: FieldView, _ low: Int, _ high: Int) {
        if let number = view.number { add(view, Names.inRange(Int(clamping: number), low, high)) }
    }

    /// A port that must be given.
    package mutating func port(_ view: FieldView) {
        let number = view.number ?? 0
        for message in Names.portNumber(Int(clamping: number)) { errors.append(view.invalid(number, message)) }
    }

    package mutating func portNumberOrName(_ view: FieldView) {
        if case .string(let name)? = view.value { add(view, Names.portName(name)) } else { port(view) }
    }

    /// A count, or a percentage such as `25%`.
    package mutating func countOrPercent(_ view: FieldView) {
        switch view.value {
        case .string(let text)?: add(view, Names.percent(text))
        case .integer?: nonNegative(view)
        case _: break
        }
    }

    package mutating func atMostWhole(_ view: FieldView) {
        guard case .string(let text)? = view.value, Names.percent(text).isEmpty, let percent = Int(text.dropLast()),
            percent > 100
        else { return }
        errors.append(view.invalid("must not be greater than 100%"))
    }

    // MARK: Labels

    package mutating func labels(_ view: FieldView) {
        for (key, entry) in view.entries {
            for message in Names.labelKey(key) { errors.append(view.invalid(key, message)) }
            for message in Names.labelValue(entry.text) { errors.append(view.invalid(entry.text, message)) }
        }
    }

    package mutating func annotations(_ view: FieldView) {
        for (key, _) in view.entries {
            for message in Names.labelKey(key.lowercased()) { errors.append(view.invalid(key, message)) }
        }
    }

    /// - allowsAnyValue: the values are not looked at, because an older object had wrong ones.
    package mutating func labelSelector(_ view: FieldView, allowsAnyValue: Bool = false) {
        labels(view["matchLabels"])
        for expression in view["matchExpressions"].items {
            labelRequirement(expression, allowsAnyValue: allowsAnyValue)
        }
    }

    /// - allowsAnyOperator: one that is not known may be known to who is asked.
    package mutating func labelRequirement(
        _ view: FieldView, allowsAnyValue: Bool = false, allowsAnyOperator: Bool = false
    ) {
        requirementValues(view, allowsAnyOperator: allowsAnyOperator)
        add(view["key"], Names.labelKey(view["key"].text))
        if allowsAnyValue { return }
        for value in view["values"].items { add(value, Names.labelValue(value.text)) }
    }

    /// That a requirement has values where its operator compares with some.
    package mutating func requirementValues(_ view: FieldView, allowsAnyOperator: Bool) {
        let values = view["values"]
        switch view["operator"].text {
        case "In", "NotIn":
            if values.isEmpty {
                errors.append(values.required("must be specified when `operator` is 'In' or 'NotIn'"))
            }
        case "Exists", "DoesNotExist":
            if !values.isEmpty {
                errors.append(values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
            }
        case _:
            if !allowsAnyOperator { errors.append(view["operator"].invalid("not a valid selector operator")) }
        }
    }

    // MARK: Addresses

    package mutating func address(_ view: FieldView) { add(view, Names.legacyIPAddress(view.text)) }
    package mutating func block(_ view: FieldView) { add(view, Names.legacyCIDR(view.text)) }

    /// No address that means something only to one machine or to nobody.
    package mutating func nonSpecialAddress(_ view: FieldView) {
        guard let address = IPAddress(view.text, allowsLeadingZeros: true) else {
            errors.append(view.invalid("must be a valid IP address"))
            return
        }
        if address.isUnspecified { errors.append(view.invalid("may not be unspecified (\(view.text))")) }
        if address.isLoopback {
            errors.append(view.invalid("may not be in the loopback range (127.0.0.0/8, ::1/128)"))
        }
        if address.isLinkLocalUnicast {
            errors.append(view.invalid("may not be in the link-local range (169.254.0.0/16, fe80::/10)"))
        }
        if address.isLinkLocalMulticast {
            errors.append(view.invalid("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"))
        }
    }

    // MARK: Changes

    package mutating func immutable(_ view: FieldView, _ old: Value?) {
        let before = old ?? .null
        if view.value ?? .null != before { errors.append(view.invalid(view.value ?? .null, "field is immutable")) }
    }
}

extension Value {
    /// Whether a selector of the API's form picks the labels; an empty one picks everything.
    package static func selects(_ selector: Value?, _ labels: Value?) -> Bool {
        // One that cannot be read is somebody else's finding, and picks nothing.
        guard let parsed = try? Selector(selector) else { return false }
        return parsed.matches(labels?.objectValue ?? Fields())
    }
}
