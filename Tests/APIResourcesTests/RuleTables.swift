import APIMachinery
import APIRegistry
import APIResources
import Foundation
import Testing

/// One case of the tables in `Rules`. In such a file `# deployments.apps` begins a resource's cases, which empty lines
/// part; a case is of lines that begin with a sign:
///
/// - `+` the object that a client writes; `~` the same, with its status as what is written
/// - `-` the object as it was before; none for an object that is created
/// - `=` the object once its defaults are filled in
/// - `!` a fault, as the client is told it, with `\n` for the end of a line; in upstream's order
struct RuleCase: Sendable, CustomTestStringConvertible {
    let resource: String
    let file: String
    let line: Int
    var old: String?
    var new = "{}"
    var isStatus = false
    var filled: String?
    var faults: [String] = []

    var testDescription: String { "\(file):\(line) \(resource)" }

    static let all: [RuleCase] = {
        // Without the folder there are no cases, and a test says so.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { cases(in: $0) }
    }()

    private static let folder = String(#filePath.dropLast("RuleTables.swift".count)) + "Rules"

    private static func cases(in file: String) -> [RuleCase] {
        let text = (try? String(contentsOfFile: folder + "/" + file, encoding: .utf8)) ?? ""
        var cases: [RuleCase] = []
        var resource = ""
        var isInside = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let rest = String(line.dropFirst(2))
            guard let sign = line.first, sign != "#" else {
                if line.first == "#" { resource = rest }
                isInside = false
                continue
            }
            if !isInside { cases.append(RuleCase(resource: resource, file: file, line: index + 1)) }
            isInside = true
            cases[cases.count - 1].take(sign, rest)
        }
        return cases
    }

    private mutating func take(_ sign: Character, _ text: String) {
        switch sign {
        case "+": new = text
        case "~": (new, isStatus) = (text, true)
        case "-": old = text
        case "=": filled = text
        case "!": faults.append(text)
        case _: faults.append("a line of a rule table begins with \(sign)")
        }
    }
}

@Suite("Tables of rules")
struct RuleTables {
    /// The version of each resource that clients get unless they ask for another.
    static let served: [String: ResourceInfo] = {
        let resources = SchemaCatalog.builtin.resources.filter(\.isServedByDefault)
        return Dictionary(resources.map { ($0.groupResource.description, $0) }) { first, _ in first }
    }()

    @Test("there are tables")
    func some() { #expect(RuleCase.all.count > 20) }

    @Test("what is written is filled in and judged as upstream does it", arguments: RuleCase.all)
    func judge(_ example: RuleCase) throws {
        let info = try #require(Self.served[example.resource])
        let strategy = BuiltinResources.definition(info).strategy
        let filled = { (json: String) -> Value in
            var object = try Value(json: json)
            strategy.setDefaults(&object)
            return object
        }
        let new = try filled(example.new)
        if let expected = example.filled { #expect(new == (try Value(json: expected))) }
        let found: [FieldError]
        if let old = try example.old.map(filled) {
            found = example.isStatus
                ? strategy.validateStatusUpdate(new, from: old) : strategy.validateUpdate(new, from: old)
        } else {
            found = strategy.validate(new)
        }
        let told = found.map { fault in
            fault.description.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
        }
        #expect(told == example.faults)
    }
}
