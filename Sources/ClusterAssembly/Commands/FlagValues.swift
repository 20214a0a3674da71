internal import ArgumentParser
internal import Determinism

/// What a command was told, by the names of its flags: for `/flagz`.
enum FlagValues {
    /// Looks into the wrappers by which commands declare their options, as no other list of them exists.
    static func all(of command: any ParsableArguments) -> [String: String] {
        var flags: [String: String] = [:]
        for child in Mirror(reflecting: command).children {
            guard let label = child.label, label.hasPrefix("_"), let value = parsed(child.value) else { continue }
            if let group = value as? any ParsableArguments {
                flags.merge(all(of: group)) { $1 }
            } else {
                flags[name(label.dropFirst())] = text(value)
            }
        }
        return flags
    }

    /// The value inside of a wrapper that has been parsed.
    private static func parsed(_ wrapper: Any) -> Any? {
        for child in Mirror(reflecting: wrapper).children where child.label == "_parsedValue" {
            for parsed in Mirror(reflecting: child.value).children where parsed.label == "value" { return parsed.value }
        }
        return nil
    }

    private static func text(_ value: Any) -> String {
        if let duration = value as? Duration { return DurationArgument.text(duration) }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { text($0.value) } ?? ""
        case .collection: return "[" + mirror.children.map { text($0.value) }.joined(separator: ",") + "]"
        case _: return "\(value)"
        }
    }

    /// `oidcCAFile` is `--oidc-ca-file`.
    private static func name(_ label: Substring) -> String {
        let letters = Array(label)
        var name = ""
        for (index, letter) in letters.enumerated() {
            let startsWord = letter.isUppercase && index > 0
                && (!letters[index - 1].isUppercase || (index + 1 < letters.count && letters[index + 1].isLowercase))
            name += (startsWord ? "-" : "") + letter.lowercased()
        }
        return name
    }
}
