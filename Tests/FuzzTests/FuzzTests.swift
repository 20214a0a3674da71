import FuzzTargets
import Testing

/// Whatever comes in is read or refused, and what was read can be written and read again. `scripts/fuzz` looks further.
@Suite("Fuzzing", .timeLimit(.minutes(5)))
struct FuzzTests {
    /// Inputs tried for every seed.
    private static let rounds = 300
    /// Bytes of an input that is nothing but the same again: what takes the square of its length would take minutes.
    private static let longBytes = 30_000

    @Test("examples are read", arguments: FuzzTarget.all)
    func examples(_ target: FuzzTarget) throws {
        #expect(target.examples.count > 1)
        for input in target.examples { try target.run(input) }
    }

    @Test("changed examples", arguments: FuzzTarget.all, 0..<16)
    func changed(_ target: FuzzTarget, _ seed: Int) {
        var mutator = Mutator(seed: seed, tokens: target.tokens)
        for _ in 0..<Self.rounds {
            let input = mutator.input(target.examples)
            #expect(throws: Never.self, "\(input)") { try target.run(input) }
        }
    }

    @Test("the same over and over", arguments: FuzzTarget.all)
    func long(_ target: FuzzTarget) {
        for token in target.tokens {
            let piece = Array(token.utf8)
            let input = Array((0..<Self.longBytes / piece.count).map { _ in piece }.joined())
            #expect(throws: Never.self, "\(token)") { try target.run(input) }
        }
    }

    @Test("what broke something once", arguments: FuzzTarget.all)
    func corpus(_ target: FuzzTarget) throws {
        for (path, input) in try Corpus.inputs(of: target.name) {
            #expect(throws: Never.self, "\(path)") { try target.run(input) }
        }
    }

    @Test("every folder of inputs belongs to a target")
    func folders() throws {
        let names = Set(try Corpus.targets())
        #expect(!names.isEmpty)
        #expect(names.isSubset(of: FuzzTarget.all.map(\.name)))
    }
}
