/// One file of the repository.
struct SourceFile: Sendable {
    /// From the repository's root: `Sources/Kubelet/Kubelet.swift`.
    let path: String
    let text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var name: Substring { path.split(separator: "/").last ?? "" }
    /// `Kubelet` of `Sources/Kubelet/Kubelet.swift`.
    var target: Substring { path.split(separator: "/").dropFirst().first ?? "" }
    var isTest: Bool { path.hasPrefix("Tests/") }
}

/// A habit of this house that can be checked by looking at one file.
struct TidyRule: Sendable {
    let sentence: String
    /// How many findings are let be: what is there today. May only shrink.
    let allowed: Int
    /// The lines that break the rule.
    let findings: @Sendable (SourceFile) -> [String]

    init(_ sentence: String, allowed: Int = 0, findings: @escaping @Sendable (SourceFile) -> [String]) {
        self.sentence = sentence
        self.allowed = allowed
        self.findings = findings
    }

    static let fileMax = 500
    static let testFileMax = 1000
    static let lineMax = 120
    static let functionMax = 70

    static let all: [TidyRule] = [
        TidyRule("a file has at most \(fileMax) lines, a test file \(testFileMax)") { file in
            file.lines.count > (file.isTest ? testFileMax : fileMax) ? ["\(file.lines.count) lines"] : []
        },
        TidyRule("a line has at most \(lineMax) columns", allowed: 250) { file in
            file.lines.filter { $0.count > lineMax }.map(String.init)
        },
        TidyRule("a function has at most \(functionMax) lines", allowed: 12) { functions(of: $0) },
        TidyRule("nothing is public: what crosses targets is package", allowed: 2) { matching($0, ["public "]) },
        TidyRule("nothing is forced", allowed: 2) { matching($0, ["try!", "as! "]) },
        TidyRule("nothing is left to do later") { matching($0, ["TODO", "FIXME", "XXX"]) },
        TidyRule("a plan asks nobody and waits for nothing", allowed: 6) { file in
            guard file.name.hasSuffix("Plan.swift"), !file.isTest else { return [] }
            return matching(file, [" await ", "import APIClient", "import Logging"])
        },
        TidyRule("time and randomness come from Determinism only", allowed: 3) { file in
            guard file.target != "Determinism", !file.isTest else { return [] }
            return matching(file, ["Task.sleep", "ContinuousClock", "SystemRandomNumberGenerator", ".random(in:"])
        },
        TidyRule("the rooms know each other only by the API") { file in
            guard rooms.contains(String(file.target)), !file.isTest else { return [] }
            return file.lines.filter { line in
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: "import"), place <= 1, let module = words.last else { return false }
                return module != file.target && rooms.contains(String(module))
            }.map(String.init)
        },
        TidyRule("what users run does without Foundation") { file in
            file.path.hasPrefix("Sources/") ? file.lines.filter { $0.hasSuffix("import Foundation") }.map(String.init) : []
        },
        TidyRule("a file is not called after what it might be good for") { file in
            ["Utils", "Helpers", "Common", "Misc"].contains { file.name.hasPrefix($0) } ? [file.path] : []
        },
    ]

    private static let rooms: Set<String> = [
        "KubeAPIServer", "WorkloadControllers", "ClusterControllers", "KubeScheduler", "Kubelet", "ServiceProxy",
        "PodNetwork", "ClusterDNS",
    ]

    /// Lines of code, not of comments or strings, that have one of the words.
    private static func matching(_ file: SourceFile, _ words: [String]) -> [String] {
        file.lines.filter { line in
            let code = code(of: line)
            return words.contains { code.contains($0) }
        }.map(String.init)
    }

    private static func code(of line: Substring) -> String {
        var code = ""
        var isInString = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" { isInString.toggle() }
            if !isInString, character == "/", previous == "/" { return String(code.dropLast()) }
            if !isInString { code.append(character) }
            previous = character
        }
        return code
    }

    /// Functions that are too long: from the line of `func` to the brace of the same depth.
    private static func functions(of file: SourceFile) -> [String] {
        var findings: [String] = []
        var open: (name: String, indent: Int, line: Int)?
        for (number, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            if let function = open {
                guard indent == function.indent, line.dropFirst(indent).hasPrefix("}") else { continue }
                if number - function.line + 1 > functionMax { findings.append(function.name) }
                open = nil
            } else if code(of: line).contains("func "), !line.hasSuffix("}") {
                open = (String(line), indent, number)
            }
        }
        return findings
    }
}
