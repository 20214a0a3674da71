import APIMachinery
import APIRegistry
import APIResources
import Foundation
import Testing

/// `docs/resources.md` says of every resource what the server does for it: what it says must be so.
@Suite("The table of resources")
struct ResourcesDocumentTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let resource: String
        let defaults: String
        let validation: String
        let fixed: String
        let columns: String
        let selectors: Set<String>
        let apart: String
        let tests: [String]

        var testDescription: String { resource }

        init?(_ line: Substring) {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 8, cells[0] != "Resource", !cells[0].hasPrefix("---") else { return nil }
            let list = { (cell: String) in cell == "–" ? [] : cell.components(separatedBy: ", ") }
            resource = cells[0]
            defaults = cells[1]
            validation = cells[2]
            fixed = cells[3]
            columns = cells[4]
            selectors = Set(list(cells[5]))
            apart = cells[6]
            tests = list(cells[7])
        }
    }

    private static let root = String(#filePath.dropLast("/Tests/APIResourcesTests/ResourcesDocumentTests.swift".count))
    static let rows: [Row] = {
        // Without the document there are no rows, and a test says so.
        let text = (try? String(contentsOfFile: root + "/docs/resources.md", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { Row($0) }
    }()
    /// The tests and the rule tables of the repository, by the name that the table gives them.
    private static let tests: [String: String] = {
        let files = FileManager.default.enumerator(atPath: root + "/Tests")?.allObjects as? [String] ?? []
        return Dictionary(files.compactMap { file -> (String, String)? in
            guard let name = file.split(separator: "/").last else { return nil }
            if name.hasSuffix("Tests.swift") { return (String(name.dropLast(".swift".count)), file) }
            return file.contains("/Rules/") && name.hasSuffix(".txt") ? ("Rules/\(name)", file) : nil
        }) { first, _ in first }
    }()

    @Test("has a row for each resource that is served by default, and no other")
    func complete() {
        #expect(Self.rows.map(\.resource).count == Set(Self.rows.map(\.resource)).count)
        #expect(Set(Self.rows.map(\.resource)) == Set(RuleTables.served.keys))
    }

    /// Whether a strategy has rules of a sort: one put together from rules says so, one of its own type has all.
    private static func has(_ rules: [String], _ strategy: any ResourceStrategy) -> Bool {
        let mirror = Mirror(reflecting: strategy)
        guard "\(type(of: strategy))" == "RuleStrategy" else { return "\(type(of: strategy))" != "PlainStrategy" }
        return mirror.children.contains { child in
            rules.contains(child.label ?? "") && Mirror(reflecting: child.value).children.first != nil
        }
    }

    @Test("claims no rules that the server lacks", arguments: rows)
    func rules(row: Row) throws {
        let info = try #require(RuleTables.served[row.resource])
        for word in [row.defaults, row.validation, row.fixed] {
            #expect(["yes", "part", "no", "none"].contains(word))
        }
        let cases = RuleCase.all.filter { $0.resource == row.resource }
        if row.defaults == "yes" { #expect(cases.contains { $0.filled != nil }, "no case of defaults") }
        let faulty = cases.filter { !$0.faults.isEmpty }
        if row.validation == "yes" { #expect(faulty.contains { $0.old == nil }, "no case of faults") }
        if row.fixed == "yes" { #expect(faulty.contains { $0.old != nil }, "no case of changes") }
        for example in cases { #expect(row.tests.contains("Rules/\(example.file)"), "\(example.file) is not named") }
        try checkTests(of: row, info)
        // What is only created and answered has no strategy.
        guard info.verbs.contains("get"), info.verbs.contains("create") else { return }
        let strategy = BuiltinResources.definition(info).strategy
        let has = { (rules: [String]) in Self.has(rules, strategy) }
        if ["yes", "part"].contains(row.defaults) { #expect(has(["defaults"]), "no defaults") }
        if ["yes", "part"].contains(row.validation) { #expect(has(["check", "createCheck"]), "no validation") }
        if ["yes", "part"].contains(row.fixed) { #expect(has(["updateCheck", "check"]), "nothing fixed") }
    }

    /// What is named as a test is one, and speaks of the resource.
    private func checkTests(of row: Row, _ info: ResourceInfo) throws {
        for test in row.tests {
            let file = try #require(Self.tests[test], "\(test) is no test")
            let text = try String(contentsOfFile: Self.root + "/Tests/" + file, encoding: .utf8)
            #expect(
                text.contains(info.plural) || text.localizedCaseInsensitiveContains(info.singular),
                "\(test) does not speak of \(info.plural)")
        }
        if row.columns == "yes" {
            #expect(!Set(row.tests).isDisjoint(with: ["BuiltinTableTests", "PodTableTests"]), "no test of columns")
        }
    }

    @Test("names the columns, fields and counts that the server has", arguments: rows)
    func registry(row: Row) throws {
        let info = try #require(RuleTables.served[row.resource])
        let definition = BuiltinResources.definition(info)
        if info.verbs.contains("list") { #expect(["yes", "part"].contains(row.columns) == !definition.columns.isEmpty) }
        let usual: Set<String> = ["metadata.name", "metadata.namespace"]
        var fields = Set(definition.selectableFields.map(\.name)).subtracting(usual)
        let group = { (prefix: String) in fields.filter { $0.hasPrefix(prefix) } }
        if row.selectors.contains("involvedObject.*") {
            fields.subtract(group("involvedObject."))
            fields.insert("involvedObject.*")
            fields.subtract(group("regarding."))
            fields.remove("reportingController")
        }
        #expect(fields == row.selectors)
        let hasStatus = info.subresources.contains { $0.name == "status" }
        #expect(row.apart == Self.word(hasStatus, definition.countsGenerations))
    }

    private static func word(_ hasStatus: Bool, _ countsGenerations: Bool) -> String {
        switch (hasStatus, countsGenerations) {
        case (true, true): "both"
        case (true, false): "status"
        case (false, true): "generation"
        case (false, false): "–"
        }
    }
}
