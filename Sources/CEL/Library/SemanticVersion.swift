internal import APIMachinery

/// A semantic version, version 2 of that specification.
struct SemanticVersion: Sendable, Hashable {
    let major, minor, patch: UInt64
    let prerelease: [String]
    let build: [String]

    struct Problem: Error {
        let message: String
    }

    /// `normalizes` takes a leading `v`, leading zeros and missing parts.
    init(parsing original: String, normalizes: Bool = false) throws(Problem) {
        let text = normalizes ? SemanticVersion.normalize(original) : original
        guard !text.isEmpty else { throw Problem(message: "Version string empty") }
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { throw Problem(message: "No Major.Minor.Patch elements found") }
        major = try SemanticVersion.number(parts[0], "Major", "major")
        minor = try SemanticVersion.number(parts[1], "Minor", "minor")
        var rest = parts[2][...]
        var build: [String] = []
        var prerelease: [String] = []
        if let plus = rest.firstIndex(of: "+") {
            build = rest[rest.index(after: plus)...].split(separator: ".", omittingEmptySubsequences: false).map(
                String.init)
            rest = rest[..<plus]
        }
        if let dash = rest.firstIndex(of: "-") {
            prerelease = rest[rest.index(after: dash)...].split(separator: ".", omittingEmptySubsequences: false)
                .map(String.init)
            rest = rest[..<dash]
        }
        patch = try SemanticVersion.number(String(rest), "Patch", "patch")
        for part in prerelease { try SemanticVersion.check(part, "Prerelease", refusesZeros: true) }
        for part in build { try SemanticVersion.check(part, "Build meta data", refusesZeros: false) }
        self.prerelease = prerelease
        self.build = build
    }

    private static func number(_ text: String, _ name: String, _ lower: String) throws(Problem) -> UInt64 {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Problem(message: "Invalid character(s) found in \(lower) number \"\(text)\"")
        }
        if text.utf8.count > 1, text.hasPrefix("0") {
            throw Problem(message: "\(name) number must not contain leading zeroes \"\(text)\"")
        }
        guard let number = UInt64(text) else {
            throw Problem(message: "strconv.ParseUint: parsing \(GoText.quote(text)): invalid syntax")
        }
        return number
    }

    private static func check(_ part: String, _ name: String, refusesZeros: Bool) throws(Problem) {
        guard !part.isEmpty else { throw Problem(message: "\(name) is empty") }
        let isNumber = part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        if refusesZeros, isNumber, part.utf8.count > 1, part.hasPrefix("0") {
            throw Problem(message: "Numeric PreRelease version must not contain leading zeroes \"\(part)\"")
        }
        let isWord = part.unicodeScalars.allSatisfy { $0.isWord && $0 != "_" || $0 == "-" }
        guard isWord else { throw Problem(message: "Invalid character(s) found in \(name.lowercased()) \"\(part)\"") }
    }

    private static func normalize(_ text: String) -> String {
        let bare = text.hasPrefix("v") ? text.dropFirst() : text[...]
        var parts = bare.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        for (index, part) in parts.enumerated() where part.utf8.count > 1 {
            let trimmed = part.drop { $0 == "0" }
            let first = trimmed.utf8.first ?? 0
            parts[index] = (0x30...0x39).contains(first) ? String(trimmed) : "0" + trimmed
        }
        if parts.count < 3, let last = parts.last, !last.contains(where: { $0 == "+" || $0 == "-" }) {
            while parts.count < 3 { parts.append("0") }
        }
        return parts.joined(separator: ".")
    }

    /// -1, 0 or 1; what was built how does not matter.
    func compare(_ other: SemanticVersion) -> Int {
        for (one, two) in [(major, other.major), (minor, other.minor), (patch, other.patch)] where one != two {
            return one < two ? -1 : 1
        }
        if prerelease.isEmpty || other.prerelease.isEmpty {
            return prerelease.isEmpty == other.prerelease.isEmpty ? 0 : prerelease.isEmpty ? 1 : -1
        }
        for (one, two) in zip(prerelease, other.prerelease) where one != two {
            switch (UInt64(one), UInt64(two)) {
            case (let a?, let b?): return a < b ? -1 : a == b ? 0 : 1
            case (_?, nil): return -1
            case (nil, _?): return 1
            case (nil, nil): return one.utf8.lexicographicallyPrecedes(two.utf8) ? -1 : 1
            }
        }
        let (one, two) = (prerelease.count, other.prerelease.count)
        return one < two ? -1 : one == two ? 0 : 1
    }

    var text: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-" + prerelease.joined(separator: "."))
            + (build.isEmpty ? "" : "+" + build.joined(separator: "."))
    }
}
