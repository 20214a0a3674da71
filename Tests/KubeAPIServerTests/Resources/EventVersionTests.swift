import APIClient
import APIMachinery
import TestKit
import Testing

@Suite("Events under both names", .timeLimit(.minutes(1)))
struct EventVersionTests {
    private static let core = "/api/v1/namespaces/default/events"
    private static let new = "/apis/events.k8s.io/v1/namespaces/default/events"

    @Test("events.k8s.io asks for more than v1, of the same objects")
    func strictness() async throws {
        try await InProcessCluster.with { cluster in
            let admin = try cluster.client()
            func send(_ method: APIRequest.Method, _ path: String, _ body: Value) async throws -> Value {
                do {
                    let answer = try await admin.transport.send(APIRequest(method, path, body: body.json))
                    return try Value(json: answer.body)
                } catch let error as StatusError { return .string(error.message) }
            }
            func text(_ answer: Value) -> String { answer.stringValue ?? "" }

            let bare: Value = ["metadata": ["name": "e"], "type": "Normal"]
            #expect(text(try await send(.post, Self.new, bare)).contains("eventTime: Required value"))
            #expect(try await send(.post, Self.core, bare)["type"] == "Normal")
            let changed: Value = ["metadata": ["name": "e"], "type": "Warning"]
            #expect(try await send(.put, "\(Self.core)/e", changed)["type"] == "Warning")
            let message: Value = ["message": "m"]
            let patch = APIRequest(
                .patch, "\(Self.core)/e", body: message.json,
                contentType: "application/strategic-merge-patch+json")
            #expect(try Value(json: try await admin.transport.send(patch).body)["message"] == "m")

            let whole: Value = [
                "metadata": ["name": "f"], "regarding": ["namespace": "default"], "type": "Normal", "action": "a",
                "reason": "r", "reportingController": "a.b/c", "reportingInstance": "i",
                "eventTime": "2026-01-01T00:00:00.000000Z",
            ]
            var made = try await send(.post, Self.new, whole)
            #expect(made["reason"] == "r")
            made["series"] = ["count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z"]
            made = try await send(.put, "\(Self.new)/f", made)
            #expect(made[path: "series", "count"] == 2)
            made["note"] = "n"
            made = try await send(.put, "\(Self.new)/f", made)
            #expect(made["note"] == "n")
            made["reason"] = "s"
            let refused = try await send(.put, "\(Self.new)/f", made)
            #expect(text(refused).contains("reason: Invalid value: \"s\": field is immutable"))
        }
    }
}
