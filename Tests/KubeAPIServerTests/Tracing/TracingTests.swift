import APIClient
import APIMachinery
import Determinism
import KubeAPIServer
import Synchronization
import TestKit
import Testing

/// Keeps the messages that it is to send.
private final class KeptSpans: TraceExporter {
    private let messages = Mutex<[[UInt8]]>([])

    var all: [[UInt8]] { messages.withLock { $0 } }

    func export(_ batches: [[UInt8]]) async throws { messages.withLock { $0 += batches } }
}

/// Spans of requests, and the protocols by which they are told.
@Suite("Tracing", .timeLimit(.minutes(1)))
struct TracingTests {
    @Test("a trace is read from its header and written back")
    func header() throws {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let context = try #require(TraceContext(header: text))
        #expect(context.trace == TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736))
        #expect(context.span == 0x00f0_67aa_0ba9_02b7 && context.isSampled && context.header == text)
        #expect(TraceContext(header: text.dropLast() + "0")?.isSampled == false)
        #expect(TraceContext(header: "cc" + text.dropFirst(2) + "-more") != nil)
    }

    @Test(
        "what is no such header says nothing",
        arguments: [
            "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ])
    func noHeader(_ text: String) { #expect(TraceContext(header: text) == nil) }

    private static func configuration(_ fields: String) throws(ConfigurationError) -> TracingConfiguration {
        let head = "{apiVersion: apiserver.config.k8s.io/v1, kind: TracingConfiguration"
        return try TracingConfiguration(Array((head + (fields.isEmpty ? "" : ", ") + fields + "}").utf8))
    }

    @Test(
        "the collector's place is read as gRPC names it",
        arguments: [
            ("", TracingConfiguration.Endpoint.address(host: "localhost", port: 4317)),
            ("endpoint: \"collector:55680\"", .address(host: "collector", port: 55680)),
            ("endpoint: \"dns:///collector.there:1\"", .address(host: "collector.there", port: 1)),
            ("endpoint: \"[::1]:4317\"", .address(host: "::1", port: 4317)),
            ("endpoint: \"unix:///run/otel.sock\"", .socket(path: "/run/otel.sock")),
            ("endpoint: \"unix:/run/otel.sock\"", .socket(path: "/run/otel.sock")),
        ])
    func endpoints(_ fields: String, _ endpoint: TracingConfiguration.Endpoint) throws {
        #expect(try Self.configuration(fields).endpoint == endpoint)
    }

    @Test(
        "a configuration that cannot be meant is refused in upstream's words",
        arguments: [
            (
                "samplingRatePerMillion: -1",
                "failed to validate tracing configuration: samplingRatePerMillion: Invalid value: -1: sampling rate "
                    + "must be positive"
            ),
            (
                "samplingRatePerMillion: 1000001",
                "failed to validate tracing configuration: samplingRatePerMillion: Invalid value: 1000001: sampling "
                    + "rate per million must be less than or equal to one million"
            ),
            (
                "endpoint: \"http://there\"",
                "failed to validate tracing configuration: endpoint: Invalid value: \"http://there\": unsupported "
                    + "scheme: http.  Options are none, dns, unix, or unix-abstract.  See "
                    + "https://github.com/grpc/grpc/blob/master/doc/naming.md"
            ),
        ])
    func refused(_ fields: String, _ message: String) {
        #expect(throws: ConfigurationError(message)) { try Self.configuration(fields) }
    }

    @Test("a span is told as OpenTelemetry's protocol has it")
    func message() {
        let span = FinishedSpan(
            trace: TraceID(high: 1, low: 2), id: 3, parent: 4, name: "Get", began: Timestamp(nanoseconds: 5),
            ended: Timestamp(nanoseconds: 6), attributes: [("a", .text("b")), ("c", .number(7))], problem: "")
        let told: [UInt8] =
            [0x0a, 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2] + [0x12, 8, 0, 0, 0, 0, 0, 0, 0, 3]
            + [0x22, 8, 0, 0, 0, 0, 0, 0, 0, 4] + [0x2a, 3] + Array("Get".utf8) + [0x30, 1]
            + [0x39, 5, 0, 0, 0, 0, 0, 0, 0] + [0x41, 6, 0, 0, 0, 0, 0, 0, 0]
            + [0x4a, 8, 0x0a, 1, 0x61, 0x12, 3, 0x0a, 1, 0x62] + [0x4a, 7, 0x0a, 1, 0x63, 0x12, 2, 0x18, 7]
            + [0x7a, 2, 0x18, 2]
        let bytes = TraceMessage.bytes([span], instance: "me")
        #expect(bytes.suffix(told.count) == told[...])
        #expect(bytes.suffix(told.count + 2).first == 0x12)
    }

    @Test("a request's spans are sent when it is over, and none of those that are not chosen")
    func requests() async throws {
        for (rate, isTraced) in [(1_000_000, true), (0, false)] as [(Int64, Bool)] {
            let kept = KeptSpans()
            try await InProcessCluster.with(configure: {
                $0.tracing = TracingSettings(samplingRatePerMillion: rate, exporter: kept)
            }) { cluster in
                let client = try cluster.client()
                let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"]]
                let maps = "/api/v1/namespaces/default/configmaps"
                _ = try await client.transport.send(APIRequest(.post, maps, body: object.json))
                _ = try await client.transport.send(APIRequest(.get, maps + "/a"))
                guard isTraced else { return }
                let names = [
                    "POST /api/v1/namespaces/{:namespace}/configmaps", "Create etcd3",
                    "GET /api/v1/namespaces/{:namespace}/configmaps/{:name}", "authorization",
                ]
                for _ in 0..<200 where !names.allSatisfy({ Self.contains(kept.all, $0) }) {
                    try await Task.sleep(for: .milliseconds(200))
                }
                for name in names { #expect(Self.contains(kept.all, name), "\(name)") }
            }
            #expect(kept.all.isEmpty != isTraced)
        }
    }

    /// Whether a span has this name.
    private static func contains(_ messages: [[UInt8]], _ name: String) -> Bool {
        let field = [0x2a, UInt8(name.utf8.count)] + Array(name.utf8)
        return messages.contains { message in
            message.indices.contains { message[$0...].starts(with: field) }
        }
    }
}
