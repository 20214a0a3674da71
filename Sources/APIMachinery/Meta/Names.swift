/// What is wrong with a name, in upstream's words; nothing is wrong when the list is empty.
///
/// Lengths are in bytes. The sources are apimachinery's `util/validation` and `api/validate/content`, whose
/// messages differ in one word: the former counts characters, the latter bytes.
package enum Names {
    package static let labelMax = 63
    package static let subdomainMax = 253
    package static let portNameMax = 15

    /// A label of RFC 1123: `my-name`, `123-abc`.
    package static func dns1123Label(_ value: String) -> [String] {
        var faults = tooLong(value, labelMax)
        if !isDNSLabel(value.utf8[...]) {
            faults.append(
                isSubdomain(value.utf8)
                    ? "must not contain dots"
                    : pattern(
                        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
                            + " must start and end with an alphanumeric character", dns1123LabelFormat, "my-name",
                        "123-abc"))
        }
        return faults
    }

    /// Labels with dots between: the name of most objects.
    package static func dns1123Subdomain(_ value: String) -> [String] {
        var faults = tooLong(value, subdomainMax)
        if !isSubdomain(value.utf8) {
            faults.append(
                pattern(
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.',"
                        + " and must start and end with an alphanumeric character", dns1123SubdomainFormat,
                    "example.com"))
        }
        return faults
    }

    /// A subdomain whose labels may hold underscores, as DNS search paths and SRV targets do.
    package static func dns1123SubdomainWithUnderscore(_ value: String) -> [String] {
        var faults = tooLong(value, subdomainMax)
        let isValid = value.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            var label = $0
            if label.first == UInt8(ascii: "_") { label = label.dropFirst() }
            guard let first = label.first, let last = label.last else { return false }
            return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
                && label.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
        if !isValid {
            let label = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
            faults.append(
                pattern(
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or"
                        + " '.', and must start and end with an alphanumeric character", "\(label)(\\.\(label))*",
                    "example.com"))
        }
        return faults
    }

    /// `*.example.com`
    package static func wildcardDNS1123Subdomain(_ value: String) -> [String] {
        var faults = tooLong(value, subdomainMax)
        if !(value.hasPrefix("*.") && isSubdomain(value.utf8.dropFirst(2))) {
            faults.append(
                pattern(
                    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must"
                        + " consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric"
                        + " character", "\\*\\.\(dns1123SubdomainFormat)", "*.example.com"))
        }
        return faults
    }

    /// A label of RFC 1035, which begins with a letter: the name of a service.
    package static func dns1035Label(_ value: String) -> [String] {
        var faults = tooLong(value, labelMax)
        if !(isDNSLabel(value.utf8[...]) && value.utf8.first.map(isLowerLetter) == true) {
            faults.append(
                pattern(
                    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an"
                        + " alphabetic character, and end with an alphanumeric character",
                    "[a-z]([-a-z0-9]*[a-z0-9])?", "my-name", "abc-123"))
        }
        return faults
    }

    /// The key of a label or annotation, or any qualified name: `name` or `example.com/name`.
    package static func labelKey(_ value: String) -> [String] {
        if isLabelKey(value.utf8) { return [] }
        var rule: String {
            pattern(
                "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric"
                    + " character", labelKeyFormat, "MyName", "my.name", "123-abc")
        }
        let parts = value.split(separator: "/", omittingEmptySubsequences: false)
        var faults: [String] = []
        if parts.count > 2 {
            return [
                "a valid label key \(rule) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        if parts.count == 2 {
            let prefix = String(parts[0])
            if prefix.isEmpty {
                faults.append("prefix part must be non-empty")
            } else {
                if prefix.utf8.count > subdomainMax {
                    faults.append("prefix part must be no more than \(subdomainMax) bytes")
                }
                if !isSubdomain(prefix.utf8), let fault = dns1123Subdomain(prefix).last {
                    faults.append("prefix part \(fault)")
                }
            }
        }
        let name = parts[parts.count - 1].utf8
        if name.isEmpty {
            faults.append("name part must be non-empty")
        } else if name.count > labelMax {
            faults.append("name part must be no more than \(labelMax) bytes")
        }
        if !isLabelWord(name) { faults.append("name part \(rule)") }
        return faults
    }

    package static func labelValue(_ value: String) -> [String] {
        var faults: [String] = []
        if value.utf8.count > labelMax { faults.append("must be no more than \(labelMax) bytes") }
        if !value.isEmpty, !isLabelWord(value.utf8[...]) {
            faults.append(
                pattern(
                    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and"
                        + " must start and end with an alphanumeric character", "(\(labelKeyFormat))?", "MyValue",
                    "my_value", "12345"))
        }
        return faults
    }

    /// Anything that can stand between two slashes of a URL.
    package static func pathSegment(_ value: String) -> [String] {
        if value == "." || value == ".." { return ["may not be '\(value)'"] }
        return pathSegmentPrefix(value)
    }

    package static func pathSegmentPrefix(_ value: String) -> [String] {
        ["/", "%"].filter { value.utf8.contains($0.utf8.first ?? 0) }.map { "may not contain '\($0)'" }
    }

    /// For names that the server completes (`generateName`): a trailing dash is as good as a letter.
    package static func maskingTrailingDash(_ name: String) -> String {
        name.utf8.count > 1 && name.utf8.last == UInt8(ascii: "-") ? String(name.dropLast(2)) + "a" : name
    }
}

// MARK: Names inside of objects

extension Names {
    package static func envVarName(_ value: String) -> [String] {
        let isValid =
            value.utf8.first.map { !isDigit($0) } == true && value.utf8.allSatisfy(isLabelCharacter)
        var fault: String {
            pattern(
                "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.',"
                    + " and must not start with a digit", "[-._a-zA-Z][-._a-zA-Z0-9]*", "my.env-name", "MY_ENV.NAME",
                "MyEnvName1")
        }
        return (isValid ? [] : [fault]) + parentDirectory(value)
    }

    /// Printable ASCII but `=`, the rule since 1.34.
    package static func relaxedEnvVarName(_ value: String) -> [String] {
        if value.isEmpty { return ["environment variable name must be non-empty"] }
        if value.utf8.allSatisfy({ (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "=") }) { return [] }
        return [
            "a valid environment variable name must consist only of printable ASCII characters other than '='"
        ]
    }

    /// A key of a ConfigMap or Secret, which may become a file name.
    package static func configMapKey(_ value: String) -> [String] {
        var faults = tooLong(value, subdomainMax)
        if value.isEmpty || !value.utf8.allSatisfy(isLabelCharacter) {
            faults.append(
                pattern(
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "[-._a-zA-Z0-9]+",
                    "key.name", "KEY_NAME", "key-name"))
        }
        return faults + parentDirectory(value)
    }

    package static func portName(_ value: String) -> [String] {
        let bytes = value.utf8
        let dash = UInt8(ascii: "-")
        var faults = tooLong(value, portNameMax)
        if bytes.isEmpty || !bytes.allSatisfy({ isLowerAlphanumeric($0) || $0 == dash }) {
            faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !bytes.contains(where: isLowerLetter) { faults.append("must contain at least one letter (a-z)") }
        if zip(bytes, bytes.dropFirst()).contains(where: { $0 == dash && $1 == dash }) {
            faults.append("must not contain consecutive hyphens")
        }
        if bytes.first == dash || bytes.last == dash { faults.append("must not begin or end with a hyphen") }
        return faults
    }

    package static func portNumber(_ value: Int) -> [String] { inRange(value, 1, 65535) }

    package static func inRange(_ value: Int, _ low: Int, _ high: Int) -> [String] {
        (low...high).contains(value) ? [] : ["must be between \(low) and \(high), inclusive"]
    }

    /// A user or group of Linux.
    package static func userID(_ value: Int64) -> [String] {
        inRange(Int(value), 0, Int(Int32.max))
    }

    package static func cIdentifier(_ value: String) -> [String] {
        let isValid =
            value.utf8.first.map { !isDigit($0) } == true
            && value.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
        return isValid
            ? []
            : [
                pattern(
                    "a valid C identifier must start with alphabetic character or '_', followed by a string of"
                        + " alphanumeric characters or '_'", "[A-Za-z_][A-Za-z0-9_]*", "my_name", "MY_NAME", "MyName")
            ]
    }

    package static func percent(_ value: String) -> [String] {
        let isValid = value.utf8.count > 1 && value.hasSuffix("%") && value.utf8.dropLast().allSatisfy(isDigit)
        return isValid
            ? []
            : [
                pattern(
                    "a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%")
            ]
    }

    package static func httpHeaderName(_ value: String) -> [String] {
        let isValid = !value.isEmpty && value.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        return isValid
            ? []
            : [
                pattern(
                    "a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+",
                    "X-Header-Name")
            ]
    }

    private static func parentDirectory(_ value: String) -> [String] {
        if value == "." { return ["must not be '.'"] }
        if value == ".." { return ["must not be '..'"] }
        return value.hasPrefix("..") ? ["must not start with '..'"] : []
    }
}

// MARK: Patterns

extension Names {
    /// Upstream's way to say that a regular expression does not match.
    package static func pattern(_ message: String, _ format: String, _ examples: String...) -> String {
        let rule = "regex used for validation is '\(format)')"
        if examples.isEmpty { return "\(message) (\(rule)" }
        return "\(message) (e.g. " + examples.map { "'\($0)', " }.joined(separator: " or ") + rule
    }

    private static func tooLong(_ value: String, _ limit: Int) -> [String] {
        value.utf8.count > limit ? ["must be no more than \(limit) characters"] : []
    }

    private static let dns1123LabelFormat = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    private static let dns1123SubdomainFormat = "\(dns1123LabelFormat)(\\.\(dns1123LabelFormat))*"
    private static let labelKeyFormat = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

    private static func isDNSLabel(_ label: Substring.UTF8View) -> Bool {
        guard let first = label.first, let last = label.last else { return false }
        return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
            && label.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// DNS labels with dots between them, in one pass.
    private static func isSubdomain(_ value: some Sequence<UInt8>) -> Bool {
        var previous = UInt8(ascii: ".")
        for byte in value {
            switch byte {
            case UInt8(ascii: "-"): guard previous != UInt8(ascii: ".") else { return false }
            case UInt8(ascii: "."): guard isLowerAlphanumeric(previous) else { return false }
            case _: guard isLowerAlphanumeric(byte) else { return false }
            }
            previous = byte
        }
        return isLowerAlphanumeric(previous)
    }

    /// Whether ``labelKey(_:)`` has nothing to say, as for almost all keys.
    private static func isLabelKey(_ key: String.UTF8View) -> Bool {
        guard let slash = key.firstIndex(of: UInt8(ascii: "/")) else {
            return key.count <= labelMax && isLabelWord(key[...])
        }
        let (prefix, name) = (key[..<slash], key[key.index(after: slash)...])
        return prefix.count <= subdomainMax && isSubdomain(prefix) && name.count <= labelMax && isLabelWord(name)
    }

    private static func isLabelWord(_ word: Substring.UTF8View) -> Bool {
        guard let first = word.first, let last = word.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last) && word.allSatisfy(isLabelCharacter)
    }

    private static func isLabelCharacter(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLowerLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }
    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool { isLowerLetter(byte) || isDigit(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerLetter(byte | 0x20) || isDigit(byte) }
}
