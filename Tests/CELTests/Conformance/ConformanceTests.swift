import APIMachinery
import CEL
import Testing

/// The language's own conformance tests.
///
/// Not run are those that need protobuf messages (`proto2`, `proto3`, `enums`, `wrappers`, `fields` with messages, and
/// single tests elsewhere that name `TestAllTypes`, `google.protobuf.*` messages or `Any`), extensions that Kubernetes
/// does not have (`bindings`, `block`, `encoders`, `network`, `protos`), and those that want no checking.
@Suite("CEL conformance")
struct ConformanceTests {
    /// By file: how many tests ran, and how many did not, by reason.
    static let files = [
        "basic", "comparisons", "conversions", "dynamic", "fields", "fp_math", "integer_math", "lists", "logic",
        "macros",
        "macros2", "math_ext", "namespace", "optionals", "parse", "plumbing", "string", "string_ext", "timestamps",
        "type_deduction",
    ]

    @Test("gives what the specification says", arguments: files)
    func conforms(_ file: String) throws {
        let suite = TextProto.parse(try ConformanceData.text(file))
        var outcome = ConformanceOutcome()
        for section in suite.all("section") {
            for test in section.all("test") {
                let runner = ConformanceCase(
                    test, name: "\(file)/\(section["name"]?.string ?? "")/\(test["name"]?.string ?? "")")
                outcome.add(runner.run(), runner.name)
            }
        }
        #expect(outcome.failures == [], "\(outcome.failures.joined(separator: "\n"))")
        #expect(
            outcome.summary == ConformanceExpectations.counts[file], "\(outcome.skippedNames.joined(separator: "\n"))")
    }
}

struct ConformanceOutcome {
    var passed = 0
    var skipped: [String: Int] = [:]
    var failures: [String] = []
    var skippedNames: [String] = []

    mutating func add(_ result: ConformanceCase.Result, _ name: String) {
        switch result {
        case .passed: passed += 1
        case .skipped(let reason):
            skipped[reason, default: 0] += 1
            skippedNames.append("\(name): \(reason)")
        case .failed(let message): failures.append("\(name): \(message)")
        }
    }

    var summary: String {
        "\(passed) passed" + skipped.sorted { $0.key < $1.key }.map { ", \($0.value) \($0.key)" }.joined()
    }
}
