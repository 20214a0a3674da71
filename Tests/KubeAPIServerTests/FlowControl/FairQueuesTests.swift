import APIMachinery
import Determinism
import KubeAPIServer
import Testing

/// Who runs, who waits, who is refused, and that nobody is starved.
@Suite("Fair queues")
struct FairQueuesTests {
    private static let queuing = PriorityLevel.Queuing(queues: 16, handSize: 4, lengthMax: 5)

    @Test("a hand has different queues, the same for the same flow")
    func hands() {
        for number in 0..<200 {
            let hash = FairQueues.hash(schema: "s", distinguisher: "\(number)")
            let hand = FairQueues.hand(hash, Self.queuing)
            #expect(Set(hand).count == 4)
            #expect(hand.allSatisfy { (0..<16).contains($0) })
            #expect(hand == FairQueues.hand(hash, Self.queuing))
        }
        #expect(FairQueues.hash(schema: "a", distinguisher: "b") != FairQueues.hash(schema: "ab", distinguisher: ""))
    }

    @Test("what finds no seat waits, or is refused where there are no queues")
    func seats() throws {
        var plain = FairQueues(seats: 1, queuing: nil)
        guard case .runs(let first) = plain.arrive(hash: 1, now: .zero).arrival else { throw Unexpected() }
        let second = plain.arrive(hash: 1, now: .zero).arrival
        #expect(second == .refused)
        let next = plain.finish(first, service: .seconds(1), now: .seconds(1))
        #expect(next == [])
        guard case .runs = plain.arrive(hash: 2, now: .seconds(1)).arrival else { throw Unexpected() }

        var queued = FairQueues(seats: 1, queuing: .init(queues: 1, handSize: 1, lengthMax: 1))
        guard case .runs(let running) = queued.arrive(hash: 1, now: .zero).arrival,
            case .waits(let waiting) = queued.arrive(hash: 1, now: .zero).arrival
        else { throw Unexpected() }
        let third = queued.arrive(hash: 1, now: .zero).arrival
        #expect(third == .refused)
        let started = queued.finish(running, service: .seconds(1), now: .seconds(1))
        #expect(started == [waiting])
        #expect(queued.running == 1)
    }

    @Test("one that gives up leaves its place, and one that runs cannot")
    func abandoned() throws {
        var queues = FairQueues(seats: 1, queuing: Self.queuing)
        guard case .runs(let running) = queues.arrive(hash: 1, now: .zero).arrival,
            case .waits(let waiting) = queues.arrive(hash: 1, now: .zero).arrival
        else { throw Unexpected() }
        let hasLeft = queues.abandon(waiting, now: .zero)
        let hasStopped = queues.abandon(running, now: .zero)
        #expect(hasLeft && !hasStopped)
        let started = queues.finish(running, service: .seconds(1), now: .seconds(1))
        #expect(started == [])
        #expect(queues.isIdle)
    }

    /// A crowd of one flow fills its queues; another flow's request is served within a few turns.
    @Test("a flow that asks too much does not make the others wait", arguments: 0..<50)
    func fairness(_ seed: Int) throws {
        let random = SeededRandomSource(seed: UInt64(seed))
        var queues = FairQueues(seats: 2, queuing: .init(queues: 64, handSize: 6, lengthMax: 50))
        let crowd = FairQueues.hash(schema: "s", distinguisher: "crowd")
        var running: [FairQueues.Ticket] = []
        var now = Duration.zero
        for _ in 0..<200 {
            if case .runs(let ticket) = queues.arrive(hash: crowd, now: now).arrival { running.append(ticket) }
        }
        let other = FairQueues.hash(schema: "s", distinguisher: "other-\(seed)")
        guard case .waits(let lonely) = queues.arrive(hash: other, now: now).arrival else { throw Unexpected() }
        var turns = 0
        while !running.contains(lonely) {
            try #require(turns < 20, "the other flow starves")
            let done = running.remove(at: random.below(running.count))
            now += .milliseconds(10)
            running += queues.finish(done, service: .milliseconds(10), now: now)
            #expect(queues.running == running.count && running.count <= 2)
            turns += 1
        }
    }

    @Test("whatever comes and goes, no seat is lost and none is given twice", arguments: 0..<30)
    func safety(_ seed: Int) {
        let random = SeededRandomSource(seed: UInt64(seed))
        var queues = FairQueues(seats: 3, queuing: Self.queuing)
        var running: Set<FairQueues.Ticket> = []
        var waiting: Set<FairQueues.Ticket> = []
        var now = Duration.zero
        for _ in 0..<500 {
            now += .milliseconds(Int64(random.below(5)))
            switch random.below(3) {
            case 0:
                switch queues.arrive(hash: random.next(), now: now).arrival {
                case .runs(let ticket): running.insert(ticket)
                case .waits(let ticket): waiting.insert(ticket)
                case .refused: break
                }
            case 1:
                guard let ticket = running.popFirst() else { continue }
                for next in queues.finish(ticket, service: .milliseconds(4), now: now) {
                    let hasWaited = waiting.remove(next) != nil
                    #expect(hasWaited)
                    running.insert(next)
                }
            case _:
                guard let ticket = waiting.popFirst() else { continue }
                let hasLeft = queues.abandon(ticket, now: now)
                #expect(hasLeft)
            }
            #expect(queues.running == running.count && running.count <= 3)
            #expect(queues.waiting == waiting.count)
            #expect(waiting.isEmpty || running.count == 3)
        }
    }

    private struct Unexpected: Error {}
}

/// Which flow a request belongs to.
@Suite("Flow schemas")
struct FlowSchemaTests {
    private static func schema(_ rules: Value) -> FlowSchema {
        FlowSchema([
            "metadata": ["name": "s"],
            "spec": [
                "priorityLevelConfiguration": ["name": "l"], "distinguisherMethod": ["type": "ByNamespace"],
                "rules": [rules],
            ],
        ])
    }

    private static let pods: Value = [
        "verbs": ["get"], "apiGroups": [""], "resources": ["pods", "nodes"], "namespaces": ["a"], "clusterScope": true,
    ]

    @Test("subjects are users, groups and accounts")
    func subjects() {
        func covers(_ subject: Value, _ user: UserInfo) -> Bool {
            Self.schema(["subjects": [subject], "resourceRules": [Self.pods]]).covers(
                AuthorizationAttributes(user: user, verb: "get", resource: "pods", namespace: "a"))
        }
        let account = UserInfo(name: "system:serviceaccount:ns:web", groups: ["g"])
        #expect(covers(["kind": "User", "user": ["name": "*"]], account))
        #expect(!covers(["kind": "User", "user": ["name": "tim"]], account))
        #expect(covers(["kind": "Group", "group": ["name": "g"]], account))
        #expect(covers(["kind": "ServiceAccount", "serviceAccount": ["namespace": "ns", "name": "*"]], account))
        #expect(covers(["kind": "ServiceAccount", "serviceAccount": ["namespace": "ns", "name": "web"]], account))
        #expect(!covers(["kind": "ServiceAccount", "serviceAccount": ["namespace": "ns", "name": "we"]], account))
    }

    @Test(
        "rules name verbs, resources, namespaces and paths",
        arguments: [
            ("get", "pods", "a", true), ("list", "pods", "a", false), ("get", "secrets", "a", false),
            ("get", "pods", "b", false), ("get", "nodes", "", true),
        ])
    func rules(_ verb: String, _ resource: String, _ namespace: String, _ covers: Bool) {
        let schema = Self.schema([
            "subjects": [["kind": "User", "user": ["name": "*"]]], "resourceRules": [Self.pods],
            "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["/healthz", "/apis/*"]]],
        ])
        let user = UserInfo(name: "tim")
        let request = AuthorizationAttributes(user: user, verb: verb, resource: resource, namespace: namespace)
        #expect(schema.covers(request) == covers)
        #expect(schema.distinguisher(of: request) == namespace)
        for (path, isCovered) in [("/healthz", true), ("/apis/apps", true), ("/apis", false), ("/version", false)] {
            #expect(schema.covers(AuthorizationAttributes(user: user, verb: "get", path: path)) == isCovered)
        }
    }
}
