import Glibc
import Testing

/// What the repository's own sources are held to; `TidyRule.all` has the habits.
@Suite("Tidy")
struct TidyTests {
    @Test("the sources keep the habits of the house", arguments: TidyRule.all.indices)
    func habits(_ index: Int) throws {
        let rule = TidyRule.all[index]
        let findings = try Repository.sources().flatMap { file in
            rule.findings(file).map { "\(file.path): \($0)" }
        }
        #expect(
            findings.count <= rule.allowed,
            "\(rule.sentence); \(findings.count) findings, the last:\n\(findings.suffix(20).joined(separator: "\n"))")
    }

    @Test("every folder of sources says on at most twenty lines what it is")
    func readmes() throws {
        let generated: Set<String> = ["APITables", "APITypes", "EtcdProtocol", "CRIProtocol", "KMSProtocol"]
        let programs: Set<String> = ["apus", "pause", "CLinux", "CSQLite", "CZlib"]
        for folder in Repository.entries("Sources") where !generated.contains(folder) && !programs.contains(folder) {
            let text = Repository.text("Sources/\(folder)/README.md")
            #expect(text != nil, "Sources/\(folder) has no README.md")
            #expect((text ?? "").split(separator: "\n", omittingEmptySubsequences: false).count <= 21, "\(folder)")
        }
    }

    @Test(
        "the checker sees what it is there to see",
        arguments: [
            ("Sources/A/A.swift", "public struct A {}", 1), ("Sources/A/A.swift", "// public struct A {}", 0),
            ("Sources/A/A.swift", "let text = \"public \"", 0),
            ("Sources/A/APlan.swift", "let x = await y()", 1), ("Sources/A/A.swift", "let x = await y()", 0),
            ("Sources/Kubelet/A.swift", "internal import KubeScheduler", 1),
            ("Sources/Kubelet/A.swift", "internal import APIClient", 0),
        ])
    func checker(_ path: String, _ text: String, _ expected: Int) {
        #expect(findings(path, text) == expected)
    }

    @Test("the checker sees what is too long")
    func length() {
        func function(_ lines: Int) -> String { "func a() {\n" + String(repeating: "    b()\n", count: lines) + "}" }
        #expect(findings("Sources/A/A.swift", function(TidyRule.functionMax)) == 1)
        #expect(findings("Sources/A/A.swift", function(TidyRule.functionMax - 2)) == 0)
        #expect(findings("Sources/A/A.swift", String(repeating: "x", count: TidyRule.lineMax + 1)) == 1)
        #expect(findings("Sources/A/A.swift", String(repeating: "\n", count: TidyRule.fileMax)) == 1)
    }

    private func findings(_ path: String, _ text: String) -> Int {
        TidyRule.all.reduce(0) { $0 + $1.findings(SourceFile(path: path, text: text)).count }
    }
}

/// The repository that this file lies in.
private enum Repository {
    static let root = String(#filePath.dropLast("/Tests/TidyTests/TidyTests.swift".utf8.count))

    /// Sources and tests that people write; what is generated is its generator's business.
    static func sources() throws -> [SourceFile] {
        var files: [SourceFile] = []
        for folder in ["Sources", "Tests", "Benchmarks", "Generator/Sources"] { collect(folder, into: &files) }
        try #require(files.count > 500, "the sources are not where they were")
        return files
    }

    private static func collect(_ folder: String, into files: inout [SourceFile]) {
        for entry in entries(folder) {
            let path = "\(folder)/\(entry)"
            let isGenerated = ["Generated", "EtcdProtocol", "CRIProtocol", "KMSProtocol", "APITables", "TidyTests", ".build"].contains(entry)
            if isGenerated || entry.hasSuffix(".pb.swift") { continue }
            if entry.hasSuffix(".swift"), let text = text(path) {
                files.append(SourceFile(path: path, text: text))
            } else if !entry.contains(".") {
                collect(path, into: &files)
            }
        }
    }

    static func entries(_ folder: String) -> [String] {
        guard let directory = opendir("\(root)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func text(_ path: String) -> String? {
        guard let file = fopen("\(root)/\(path)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
