import APIClient
import APIMachinery
import ControllerRuntime
import Determinism
import Metrics
import Testing

@Suite("What clients count")
struct ClientMetricsTests {
    private struct Answering: APITransport {
        let code: Int

        func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
            guard code < 400 else { throw StatusError(code: code, reason: .notFound, message: "") }
            return APIResponse(code: code, contentType: "", body: [])
        }

        func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
            AsyncThrowingStream { $0.finish() }
        }
    }

    @Test("requests are told by code, method and host")
    func counts() async throws {
        let registry = MetricsRegistry()
        ClientMetrics.register(in: registry)
        let metrics = ClientMetrics.of("there:1")
        for code in [200, 201, 404] {
            let transport = CountedTransport(Answering(code: code), metrics, time: ManualTimekeeper())
            // A refusal is counted as an answer.
            _ = try? await transport.send(APIRequest(.post, "/"))
        }
        let watching = CountedTransport(Answering(code: 200), metrics, time: ManualTimekeeper())
        _ = try await watching.watch(APIRequest(.get, "/"))
        let page = registry.page.text
        for (code, method) in [(200, "POST"), (201, "POST"), (404, "POST"), (200, "GET")] {
            let line = "rest_client_requests_total{code=\"\(code)\",host=\"there:1\",method=\"\(method)\"} 1"
            #expect(page.contains(line), "\(page)")
        }
        let line = "rest_client_request_duration_seconds_count{host=\"there:1\",verb=\"POST\"} 3"
        #expect(page.contains(line), "\(page)")
    }
}
