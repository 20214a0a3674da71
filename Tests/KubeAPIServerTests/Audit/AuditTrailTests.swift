import APIClient
import APIMachinery
import Determinism
import KubeAPIServer
import Logging
import Synchronization
import TestKit
import Testing

/// Keeps the lines in memory; takes only so many.
private final class Lines: AuditOutput {
    private let state: Mutex<(lines: [[UInt8]], room: Int)>

    init(room: Int = .max) { state = Mutex(([], room)) }

    func write(_ line: [UInt8]) throws(AuditOutputError) {
        let isFull = state.withLock { state in
            guard state.room > 0 else { return true }
            state.lines.append(line)
            state.room -= 1
            return false
        }
        if isFull { throw AuditOutputError("the disk is full") }
    }

    func events() throws -> [Value] { try state.withLock { $0.lines }.map { try Value(json: $0.dropLast()) } }
}

/// What is written down of requests, on a whole API server.
@Suite("Audit trail", .timeLimit(.minutes(1)))
struct AuditTrailTests {
    private static func audit(
        _ rules: String, _ lines: Lines, mode: AuditConfiguration.Mode = .blocking
    ) throws -> AuditConfiguration {
        let text = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n\(rules)"
        return AuditConfiguration(
            policy: try AuditPolicy(Array(text.utf8)), targets: [.init(.log(lines, .json), mode: mode)])
    }

    private static let maps = "/api/v1/namespaces/default/configmaps"

    @Test("a request is written down with its object, its answer and who was asked")
    func stages() async throws {
        let lines = Lines()
        let rules = """
            - level: RequestResponse
              omitManagedFields: true
              resources: [{resources: [configmaps]}]
              verbs: [create, get]
            - {level: Metadata, resources: [{resources: [configmaps]}], omitStages: [RequestReceived]}
            """
        let audit = try Self.audit(rules, lines)
        try await InProcessCluster.with(configure: { $0.audit = audit }) { cluster in
            let client = try cluster.client()
            let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["k": "v"]]
            _ = try await client.transport.send(APIRequest(.post, Self.maps, body: object.json))
            _ = try? await client.transport.send(APIRequest(.get, Self.maps + "/missing"))
            _ = try await client.transport.send(APIRequest(.delete, Self.maps + "/a"))
        }
        let events = try lines.events()
        #expect(
            events.map { "\($0["verb"]?.stringValue ?? "") \($0["stage"]?.stringValue ?? "")" } == [
                "create RequestReceived", "create ResponseComplete", "get RequestReceived", "get ResponseComplete",
                "delete ResponseComplete",
            ])
        let created = try #require(events.dropFirst().first)
        #expect(created["auditID"] == events.first?["auditID"])
        #expect(created[path: "user", "username"] == "kubernetes-admin")
        #expect(created["sourceIPs"] == ["::1"])
        #expect(created[path: "objectRef", "name"] == "a")
        #expect(created[path: "requestObject", "data", "k"] == "v")
        #expect(created[path: "responseObject", "metadata", "name"] == "a")
        #expect(created[path: "responseObject", "metadata", "managedFields"] == nil)
        #expect(created[path: "responseStatus", "code"] == 201)
        #expect(created[path: "annotations", "authorization.k8s.io/decision"] == "allow")
        let missing = events[3]
        #expect(missing[path: "responseStatus", "reason"] == "NotFound")
        #expect(missing[path: "responseStatus", "details", "name"] == "missing")
        #expect(missing[path: "responseObject", "kind"] == "Status")
        let deleted = events[4]
        #expect(deleted[path: "responseStatus", "status"] == "Success")
        #expect(deleted["responseObject"] == nil)
    }

    @Test("a watch is written down when it begins and when it ends")
    func watches() async throws {
        let lines = Lines()
        let audit = try Self.audit("- {level: Metadata, verbs: [watch]}", lines)
        try await InProcessCluster.with(configure: { $0.audit = audit }) { cluster in
            let client = try cluster.client()
            let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"]]
            _ = try await client.transport.send(APIRequest(.post, Self.maps, body: object.json))
            let request = APIRequest(.get, Self.maps, query: [("watch", "1"), ("resourceVersion", "0")])
            for try await _ in try await client.transport.watch(request) { break }
        }
        let stages = try lines.events().filter { $0[path: "user", "username"] == "kubernetes-admin" }
            .compactMap { $0["stage"]?.stringValue }
        #expect(stages == ["RequestReceived", "ResponseStarted", "ResponseComplete"])
    }

    @Test("what cannot be written down is refused when that is asked for, and let pass else")
    func strictness() async throws {
        for (mode, isRefused) in [(AuditConfiguration.Mode.blocking, false), (.blockingStrict, true)] {
            let rule = "- {level: Metadata, verbs: [create], resources: [{resources: [configmaps]}]}"
            let audit = try Self.audit(rule, Lines(room: 0), mode: mode)
            try await InProcessCluster.with(configure: { $0.audit = audit }) { cluster in
                let client = try cluster.client()
                let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"]]
                let answer: Result<APIResponse, StatusError>
                do throws(StatusError) {
                    answer = .success(try await client.transport.send(APIRequest(.post, Self.maps, body: object.json)))
                } catch { answer = .failure(error) }
                switch answer {
                case .success(let response): #expect(!isRefused && response.code == 201)
                case .failure(let error):
                    #expect(isRefused && error.code == 500)
                    #expect(error.message.contains("failed to store audit event"))
                }
            }
        }
    }

    @Test("in batch mode events go in their order, and those that find no room are lost")
    func batches() async throws {
        let lines = Lines()
        var settings = AuditQueue.Settings()
        settings.bufferMax = 3
        settings.batchMax = 2
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let time = ManualTimekeeper()
        let queue = AuditQueue(AuditLog(lines, logger: logger), settings, time: time, logger: logger)
        let user = UserInfo(name: "a")
        for number in 1...5 {
            let event = AuditEvent(
                level: .metadata, id: "\(number)", requestURI: "/", verb: "get", user: user, sourceIPs: [],
                userAgent: "", received: time.now, stageTime: time.now)
            _ = queue.add(event)
        }
        let running = Task { await queue.run() }
        running.cancel()
        await running.value
        #expect(try lines.events().map { $0["auditID"]?.stringValue } == ["1", "2", "3"])
    }
}

/// Fails in a task that has been cancelled, as a client over a network does.
private final class Cancellable: AuditBackend, TraceExporter {
    let name = "webhook"
    private let taken = Mutex(0)

    var count: Int { taken.withLock { $0 } }

    func deliver(_ events: [AuditEvent]) async -> Bool {
        taken.withLock { $0 += Task.isCancelled ? 0 : events.count }
        return true
    }

    func export(_ batches: [[UInt8]]) async throws {
        try Task.checkCancellation()
        taken.withLock { $0 += batches.count }
    }
}

/// What is still in queues when the server ends.
@Suite("Last words", .timeLimit(.minutes(1)))
struct LastWordTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("audit events that wait for their batch are sent")
    func audit() async {
        let time = ManualTimekeeper()
        let backend = Cancellable()
        let queue = AuditQueue(backend, AuditQueue.Settings(), time: time, logger: logger)
        let event = AuditEvent(
            level: .metadata, id: "1", requestURI: "/", verb: "get", user: UserInfo(name: "a"), sourceIPs: [],
            userAgent: "", received: time.now, stageTime: time.now)
        _ = queue.add(event)
        let running = Task { await queue.run() }
        running.cancel()
        await running.value
        #expect(backend.count == 1)
    }

    @Test("spans that wait for others are sent")
    func spans() async {
        let time = ManualTimekeeper()
        let exporter = Cancellable()
        let settings = TracingSettings(samplingRatePerMillion: 0, exporter: exporter)
        let tracer = Tracer(settings, instance: "me", time: time, random: SystemRandomSource(), logger: logger)
        let span = FinishedSpan(
            trace: TraceID(high: 1, low: 2), id: 3, parent: 0, name: "Get", began: time.now, ended: time.now,
            attributes: [], problem: "")
        tracer.take([span])
        let running = Task { await tracer.run() }
        running.cancel()
        await running.value
        #expect(exporter.count == 1)
    }
}

/// Files, addresses and sizes.
@Suite("Audit details")
struct AuditDetailTests {
    @Test("files that were put aside go by number and age")
    func names() throws {
        let now = try #require(Timestamp(rfc3339: "2026-11-23T13:25:11.123Z"))
        let names = AuditFileNames("/var/log/audit.log")
        let files = [
            "audit.log", "audit-2026-11-23T13-25-11.123.log", "audit-2026-11-22T00-00-00.000.log",
            "audit-2026-11-01T00-00-00.000.log", "other-2026-11-01T00-00-00.000.log", "audit-x.log",
        ]
        #expect(names.aside(at: now) == "/var/log/audit-2026-11-23T13-25-11.123.log")
        func gone(_ age: Int, _ backups: Int) -> [String] {
            names.superfluous(files, .init(size: nil, age: age, backups: backups), now: now)
        }
        #expect(gone(0, 0) == [])
        #expect(gone(0, 2) == ["audit-2026-11-01T00-00-00.000.log"])
        #expect(gone(7, 0) == ["audit-2026-11-01T00-00-00.000.log"])
        #expect(gone(1, 1) == ["audit-2026-11-22T00-00-00.000.log", "audit-2026-11-01T00-00-00.000.log"])
    }

    @Test(
        "addresses come from the headers, then from the connection",
        arguments: [
            ([], "10.0.0.1", ["10.0.0.1"]),
            ([("x-forwarded-for", "1.1.1.1, bad, 2.2.2.2")], "10.0.0.1", ["1.1.1.1", "2.2.2.2", "10.0.0.1"]),
            ([("x-forwarded-for", "1.1.1.1"), ("x-real-ip", "1.1.1.1")], "10.0.0.1", ["1.1.1.1", "10.0.0.1"]),
            ([("x-real-ip", "10.0.0.1")], "10.0.0.1", ["10.0.0.1"]),
        ] as [([(String, String)], String, [String])])
    func addresses(_ headers: [(String, String)], _ peer: String, _ expected: [String]) {
        let fields = RequestHeaders(headers.map { (name: $0.0, value: $0.1) })
        #expect(SourceAddresses.list(fields, peer: IPAddress(peer)) == expected)
    }

    @Test("events that are too large lose their objects, and are lost when that is not enough")
    func truncation() {
        let now = Timestamp.testEpoch
        func event(_ id: String, object: Int, agent: Int = 0) -> AuditEvent {
            var event = AuditEvent(
                level: .request, id: id, requestURI: "/", verb: "get", user: UserInfo(name: "a"), sourceIPs: [],
                userAgent: String(repeating: "x", count: agent), received: now, stageTime: now)
            event.requestObject = Value.string(String(repeating: "y", count: object)).json
            return event
        }
        let truncation = AuditTruncation(eventMax: 1000, batchMax: 1100)
        let (batches, lost) = truncation.batches([
            event("small", object: 10), event("large", object: 5000), event("hopeless", object: 1, agent: 5000),
            event("other", object: 300),
        ])
        #expect(batches.map { $0.map(\.id) } == [["small", "large"], ["other"]])
        #expect(batches[0][1].annotations == ["audit.k8s.io/truncated": "true"])
        #expect(lost == 1)
    }
}
