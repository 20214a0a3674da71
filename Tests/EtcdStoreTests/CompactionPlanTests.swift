import Determinism
import EtcdStore
import KeyValueStore
import Testing

@Suite("CompactionPlan")
struct CompactionPlanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let round: CompactionPlan.Round
        let answer: CompactionPlan.Answer
        let next: CompactionPlan.Round
        let compact: Revision?
    }

    static let cases = [
        Case(
            testDescription: "the first server of a new etcd ticks, and knows nothing that is old enough",
            round: .first, answer: .written(now: 40), next: .init(version: 1, revision: 40), compact: nil),
        Case(
            testDescription: "who ticks compacts through what it saw a round ago",
            round: .init(version: 1, revision: 40), answer: .written(now: 90),
            next: .init(version: 2, revision: 90), compact: 40),
        Case(
            testDescription: "who comes late learns the time and leaves the work to the other",
            round: .init(version: 1, revision: 40), answer: .ahead(version: 2, now: 91),
            next: .init(version: 2, revision: 91), compact: nil),
        Case(
            testDescription: "who joins an old etcd learns the time first",
            round: .first, answer: .ahead(version: 700, now: 9000),
            next: .init(version: 700, revision: 9000), compact: nil),
    ]

    @Test(arguments: cases)
    func decides(_ one: Case) {
        let decision = CompactionPlan.decide(one.round, one.answer)
        #expect(decision.next == one.next)
        #expect(decision.compact == one.compact)
    }

    @Test("of three servers one compacts in each round, and an interval of the past always stays")
    func together() {
        let random = SeededRandomSource(seed: 7)
        var rounds = Array(repeating: CompactionPlan.Round.first, count: 3)
        var version: Int64 = 0
        var revision: Revision = 100
        var before: Revision = 0
        for turn in 0..<50 {
            let begun = revision
            var compactions: [Revision] = []
            var order = [0, 1, 2]
            order.swapAt(0, random.below(3))
            for server in order {
                revision += Int64(random.below(20))
                let isTick = rounds[server].version == version
                if isTick { (version, revision) = (version + 1, revision + 1) }
                let answer: CompactionPlan.Answer =
                    isTick ? .written(now: revision) : .ahead(version: version, now: revision)
                let decision = CompactionPlan.decide(rounds[server], answer)
                rounds[server] = decision.next
                if let compact = decision.compact { compactions.append(compact) }
            }
            #expect(compactions.count <= (turn == 0 ? 0 : 1))
            if let compacted = compactions.first { #expect(compacted <= begun && compacted >= before) }
            before = compactions.first ?? before
            revision += 1000
        }
        #expect(before > 40_000)
    }
}
