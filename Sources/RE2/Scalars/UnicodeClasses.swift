internal import Synchronization

/// The classes that a pattern names: `\d`, `[:alpha:]`, `\p{Lu}`, `\p{Greek}`.
enum UnicodeClasses {
    static let digit = ScalarSet([0x30...0x39])
    static let space = ScalarSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    /// The class of `\d`, `\s`, `\w` or their opposites.
    static func perl(_ letter: Unicode.Scalar) -> ScalarSet? {
        switch letter {
        case "d": digit
        case "D": digit.inverted
        case "s": space
        case "S": space.inverted
        case "w": word
        case "W": word.inverted
        default: nil
        }
    }

    /// The class of `[:name:]`.
    static func posix(_ name: String) -> ScalarSet? {
        switch name {
        case "alnum": ScalarSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "alpha": ScalarSet([0x41...0x5A, 0x61...0x7A])
        case "ascii": ScalarSet([0...0x7F])
        case "blank": ScalarSet([0x09...0x09, 0x20...0x20])
        case "cntrl": ScalarSet([0...0x1F, 0x7F...0x7F])
        case "digit": digit
        case "graph": ScalarSet([0x21...0x7E])
        case "lower": ScalarSet([0x61...0x7A])
        case "print": ScalarSet([0x20...0x7E])
        case "punct": ScalarSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "space": ScalarSet([0x09...0x0D, 0x20...0x20])
        case "upper": ScalarSet([0x41...0x5A])
        case "word": word
        case "xdigit": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        default: nil
        }
    }

    private static let cache = Mutex<[String: ScalarSet]>([:])

    /// The class of `\p{name}`: a general category, one of its letters, or a script.
    static func property(_ name: String) -> ScalarSet? {
        if let known = cache.withLock({ $0[name] }) { return known }
        guard let made = make(name) else { return nil }
        cache.withLock { $0[name] = made }
        return made
    }

    private static func make(_ name: String) -> ScalarSet? {
        if name == "Any" { return .all }
        if let script = ScriptTable.ranges(of: name) { return ScalarSet(script) }
        let wanted = categories.filter { $0.name == name || (name.utf8.count == 1 && $0.name.hasPrefix(name)) }
        guard !wanted.isEmpty else { return nil }
        let values = Set(wanted.map(\.category))
        var ranges: [ClosedRange<UInt32>] = []
        for number in UInt32(0)...0x10FFFF {
            let category = Unicode.Scalar(number)?.properties.generalCategory ?? .surrogate
            guard values.contains(category) else { continue }
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ScalarSet(ranges)
    }

    private static let categories: [(name: String, category: Unicode.GeneralCategory)] = [
        ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter),
        ("Lo", .otherLetter), ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark),
        ("Nd", .decimalNumber), ("Nl", .letterNumber), ("No", .otherNumber), ("Pc", .connectorPunctuation),
        ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation),
        ("Pi", .initialPunctuation), ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol),
        ("Sc", .currencySymbol), ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator),
        ("Zl", .lineSeparator), ("Zp", .paragraphSeparator), ("Cc", .control), ("Cf", .format),
        ("Cs", .surrogate), ("Co", .privateUse),
    ]
}
