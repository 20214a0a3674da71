package import APIClient
package import APIMachinery
package import Determinism

/// Counts what goes another way.
package struct CountedTransport: APITransport {
    private let way: any APITransport
    private let metrics: ClientMetrics
    private let time: any Timekeeper

    package init(_ way: any APITransport, _ metrics: ClientMetrics, time: any Timekeeper) {
        self.way = way
        self.metrics = metrics
        self.time = time
    }

    package func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
        let begun = time.uptime
        do throws(StatusError) {
            let response = try await way.send(request)
            metrics.answered(request.method, response.code, time.uptime - begun)
            return response
        } catch {
            metrics.answered(request.method, error.code, time.uptime - begun)
            throw error
        }
    }

    package func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let begun = time.uptime
        do throws(StatusError) {
            let events = try await way.watch(request)
            metrics.answered(request.method, 200, time.uptime - begun)
            return events
        } catch {
            metrics.answered(request.method, error.code, time.uptime - begun)
            throw error
        }
    }
}
