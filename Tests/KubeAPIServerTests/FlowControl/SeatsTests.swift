import APIClient
import APIMachinery
import Determinism
import KubeAPIServer
import TestKit
import Testing

/// How many seats requests need, and how levels share and lend them.
@Suite("Seats")
struct SeatsTests {
    @Test(
        "a list needs a seat for each 100 kB that it holds at once",
        arguments: [
            (0, 1000, 0, false, 0, 1), (50, 1000, 0, false, 0, 1), (200, 1000, 0, false, 0, 2),
            (1000, 4000, 0, false, 0, 10), (1000, 4000, 50, false, 0, 2), (1000, 4000, 0, true, 0, 1),
            (1000, 4000, 0, false, 3, 3), (10, 0, 0, false, 0, 10),
        ])
    func list(_ objects: Int, _ size: Int, _ limit: Int, _ isOne: Bool, _ levelMax: Int, _ seats: Int) {
        let work = WorkEstimate.list(
            objects: objects, averageSize: size, limit: limit, selectsOne: isOne, levelMax: levelMax)
        #expect(work == WorkEstimate(seats: seats))
    }

    @Test(
        "a write keeps seats while its event goes out, fewer seats for longer",
        arguments: [
            (0, 0, 0, 0), (9, 0, 0, 0), (10, 0, 1, 5), (25, 0, 3, 5), (100, 0, 10, 5), (400, 0, 10, 20),
            (100, 2, 2, 25),
        ])
    func write(_ watches: Int, _ levelMax: Int, _ seats: Int, _ milliseconds: Int) {
        let work = WorkEstimate.write(watches: watches, levelMax: levelMax)
        #expect(work == WorkEstimate(seats: 1, finalSeats: seats, afterwards: .milliseconds(milliseconds)))
    }

    private static func level(
        _ name: String, shares: Int64, lendable: Int64, borrowing: Int64? = nil
    ) -> PriorityLevel {
        var limited: Value = [
            "nominalConcurrencyShares": .integer(shares), "lendablePercent": .integer(lendable),
            "limitResponse": ["type": "Queue", "queuing": ["queues": 64, "handSize": 6, "queueLengthLimit": 50]],
        ]
        if let borrowing { limited["borrowingLimitPercent"] = .integer(borrowing) }
        return PriorityLevel(["metadata": ["name": .string(name)], "spec": ["type": "Limited", "limited": limited]])
    }

    @Test("shares become seats, of which some may be lent and some borrowed")
    func limits() {
        let levels = [
            Self.level("a", shares: 30, lendable: 33), Self.level("b", shares: 100, lendable: 90, borrowing: 50),
            Self.level("c", shares: 115, lendable: 0),
        ]
        let limits = SeatAllocationPlan.limits(levels, total: 600)
        #expect(limits["a"] == .init(nominal: 74, lower: 50, upper: 674, perRequest: 12))
        #expect(limits["b"] == .init(nominal: 245, lower: 24, upper: 368, perRequest: 37))
        #expect(limits["c"] == .init(nominal: 282, lower: 282, upper: 882, perRequest: 43))
    }

    @Test("who asks for more gets what others do not use, within everybody's bounds")
    func lending() {
        func request(
            _ nominal: Int, _ lower: Int, _ upper: Int, _ highest: Int, _ smoothed: Double, exempt: Bool = false
        ) -> SeatAllocationPlan.Request {
            .init(
                .init(nominal: nominal, lower: lower, upper: upper, perRequest: 0), isExempt: exempt, highest: highest,
                smoothed: smoothed)
        }
        let quiet = SeatAllocationPlan.seats(["a": request(100, 50, 700, 0, 0), "b": request(100, 50, 700, 0, 0)])
        #expect(quiet.seats == ["a": 100, "b": 100])
        let busy = SeatAllocationPlan.seats(["a": request(100, 50, 700, 300, 300), "b": request(100, 50, 700, 0, 0)])
        #expect(busy.seats == ["a": 150, "b": 50])
        let bounded = SeatAllocationPlan.seats(["a": request(100, 50, 110, 300, 300), "b": request(100, 50, 700, 0, 0)])
        #expect(bounded.seats == ["a": 110, "b": 90])
        let both = SeatAllocationPlan.seats(["a": request(100, 50, 700, 90, 90), "b": request(100, 50, 700, 60, 60)])
        #expect(both.seats["a"] ?? 0 > both.seats["b"] ?? 0)
        #expect(both.seats.values.reduce(0, +) == 200)
        let crowded = SeatAllocationPlan.seats([
            "e": request(0, 0, 0, 120, 120, exempt: true), "a": request(100, 40, 700, 100, 100),
            "b": request(100, 40, 700, 0, 0),
        ])
        #expect(crowded.seats == ["e": 120, "a": 40, "b": 40])
    }

    @Test("a wide request waits for its seats, and keeps them while its event goes out")
    func wide() {
        var queues = FairQueues(seats: 4, queuing: .init(queues: 1, handSize: 1, lengthMax: 9))
        let write = WorkEstimate(seats: 1, finalSeats: 3, afterwards: .milliseconds(5))
        guard case .runs(let first) = queues.arrive(hash: 1, work: write, now: .zero).arrival,
            case .waits(let second) = queues.arrive(hash: 1, work: WorkEstimate(seats: 2), now: .zero).arrival
        else {
            Issue.record("the first runs, the second waits")
            return
        }
        #expect(queues.nextRelease == nil)
        let none = queues.finish(first, service: .milliseconds(1), now: .milliseconds(1))
        #expect(none == [] && queues.seatsInUse == 3)
        #expect(queues.nextRelease == .milliseconds(6))
        let early = queues.settle(now: .milliseconds(5))
        let due = queues.settle(now: .milliseconds(6))
        #expect(early == [] && due == [second])
        #expect(queues.seatsInUse == 2 && queues.nextRelease == nil)
    }

    @Test("demand is the most, the mean and what it varied, and is forgotten slowly")
    func demand() {
        var demand = SeatDemand(now: .zero)
        demand.set(10, now: .seconds(2))
        demand.set(0, now: .seconds(4))
        demand.endPeriod(now: .seconds(8))
        #expect(demand.last.most == 10 && demand.last.average == 2.5)
        #expect(abs(demand.last.deviation - 4.330) < 0.001)
        let smoothed = demand.smoothed
        demand.endPeriod(now: .seconds(18))
        #expect(abs(demand.smoothed - smoothed * 0.977) < 0.001)
        demand.endPeriod(now: .seconds(318), periods: 30)
        #expect(demand.smoothed < smoothed * 0.5 && demand.smoothed > smoothed * 0.45)
    }

    @Test("who is refused often is told to come later")
    func retries() {
        var plan = RetryAfterPlan()
        plan.refuse(at: 100)
        #expect(plan.seconds == 1)
        for _ in 0..<5 { plan.refuse(at: 100) }
        plan.refuse(at: 101)
        #expect(plan.seconds == 2)
        for second in 102..<110 { for _ in 0..<50 { plan.refuse(at: Int64(second)) } }
        #expect(plan.seconds >= 8)
        plan.refuse(at: 500)
        #expect(plan.seconds < 32)
    }

    @Test("a schema's status says whether its level exists, and changes only when that does")
    func dangling() throws {
        var schema: Value = ["spec": ["priorityLevelConfiguration": ["name": "x"]]]
        let now = Timestamp(seconds: 1_000_000)
        let lost = try #require(FlowStatusPlan.status(of: schema, isFound: false, now: now))
        let condition = try #require(lost["conditions"]?.arrayValue?.first)
        #expect(condition["type"] == "Dangling" && condition["status"] == "True" && condition["reason"] == "NotFound")
        #expect(
            condition["message"]
                == .string(
                    "This FlowSchema references the PriorityLevelConfiguration object named \"x\" but there is no such "
                        + "object"))
        schema["status"] = lost
        #expect(FlowStatusPlan.status(of: schema, isFound: false, now: Timestamp(seconds: 2_000_000)) == nil)
        let found = try #require(FlowStatusPlan.status(of: schema, isFound: true, now: now))
        #expect(found["conditions"]?.arrayValue?.first?["reason"] == "Found")
    }
}

/// Priority and fairness on a whole server.
@Suite("Flow control", .timeLimit(.minutes(1)))
struct FlowControlServerTests {
    @Test("the tables of levels, queues and requests are upstream's, and the metrics tell the seats")
    func dumps() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            func page(_ name: String) async throws -> [[String]] {
                let path = "/debug/api_priority_and_fairness/dump_\(name)"
                let answer = try await client.transport.send(APIRequest(.get, path))
                return String(decoding: answer.body, as: UTF8.self).split(separator: "\n").map { line in
                    line.split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init)
                }
            }
            let levels = try await page("priority_levels")
            #expect(levels.first?.prefix(3) == ["PriorityLevelName", "ActiveQueues", "IsIdle"])
            #expect(levels.dropFirst().map { $0[0] } == levels.dropFirst().map { $0[0] }.sorted())
            #expect(levels.contains { $0[0] == "workload-low" && $0[2] == "true" })
            #expect(try await page("queues").count { $0[0] == "workload-high" } == 128)
            // The one who asks is under way.
            let requests = try await page("requests")
            #expect(requests.contains { $0[0] == "exempt" && $0[1] == "exempt" && $0[2] == "-1" })

            let metrics = try MetricsReader.read(
                String(decoding: try await client.transport.send(APIRequest(.get, "/metrics")).body, as: UTF8.self))
            let nominal = try #require(metrics["apiserver_flowcontrol_nominal_limit_seats"])
            #expect(nominal.sum(["priority_level": "workload-low"]) == 245)
            #expect(metrics["apiserver_flowcontrol_lower_limit_seats"]?.sum(["priority_level": "workload-low"]) == 24)
            let dispatched = try #require(metrics["apiserver_flowcontrol_dispatched_requests_total"])
            #expect(dispatched.sum(["flow_schema": "exempt", "priority_level": "exempt"]) >= 4)
        }
    }
}
