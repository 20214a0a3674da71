package import Determinism
package import Logging
internal import Synchronization

/// Takes spans to whoever collects them.
package protocol TraceExporter: Sendable {
    /// - batches: `ExportTraceServiceRequest` messages of OpenTelemetry's protocol.
    func export(_ batches: [[UInt8]]) async throws
}

/// Which requests are traced, and where their spans go.
package struct TracingSettings: Sendable {
    package var samplingRatePerMillion: Int64
    package var exporter: any TraceExporter

    package init(samplingRatePerMillion: Int64, exporter: any TraceExporter) {
        self.samplingRatePerMillion = samplingRatePerMillion
        self.exporter = exporter
    }
}

/// Decides which requests are traced, and sends their spans on in batches. Nothing wakes while there are none.
package final class Tracer: Sendable {
    /// Spans that wait to be sent; what comes beyond is lost, and told.
    package static let queueMax = 16_384
    /// Spans in one message.
    static let batchMax = 512
    /// How long the first span waits for others.
    static let delay = Duration.seconds(1)
    /// How long sending may take when the server ends.
    static let farewellMax = Duration.seconds(5)
    /// Whose traces are gone on with; of all others it is only said where they come from.
    private static let trusted: Set<String> = ["system:masters", "system:monitoring"]

    /// A request that may be traced, before anybody knows whose it is.
    struct Candidate: Sendable {
        fileprivate let remote: TraceContext?
        fileprivate let trace: TraceID
        /// Chance says so.
        fileprivate let isChosen: Bool
    }

    private struct Queue {
        var spans: [FinishedSpan] = []
        var lost = 0
    }

    let time: any Timekeeper
    private let numbers: QuickRandom
    private let bound: UInt64
    private let exporter: any TraceExporter
    private let instance: String
    private let logger: Logger
    private let queue = Mutex(Queue())
    private let news: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation

    /// - instance: what tells this server from others.
    package init(
        _ settings: TracingSettings, instance: String, time: any Timekeeper, random: any RandomSource, logger: Logger
    ) {
        // Half of the numbers of 64 bits, as OpenTelemetry's sampler by ratio counts.
        bound = UInt64(Double(settings.samplingRatePerMillion) / 1e6 * 0x1p63)
        exporter = settings.exporter
        self.instance = instance
        self.time = time
        self.logger = logger
        numbers = QuickRandom(random)
        (news, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func spanID() -> UInt64 { max(1, numbers.next()) }

    /// `nil` for a request that will not be traced, whoever asks.
    func candidate(_ headers: RequestHeaders) -> Candidate? {
        let remote = headers["traceparent"].flatMap {
            TraceContext(header: $0, state: headers["tracestate"] ?? "")
        }
        let trace = TraceID(high: numbers.next(), low: spanID())
        let isChosen = trace.low >> 1 < bound
        guard isChosen || remote?.isSampled == true else { return nil }
        return Candidate(remote: remote, trace: trace, isChosen: isChosen)
    }

    /// The trace of a request, once it is known who asks.
    func begin(_ candidate: Candidate, groups: [String], auditID: String, received: Duration) -> RequestTrace? {
        if let remote = candidate.remote, groups.contains(where: Self.trusted.contains) {
            guard remote.isSampled else { return nil }
            let context = TraceContext(trace: remote.trace, span: spanID(), isSampled: true, state: remote.state)
            return RequestTrace(
                context, parent: remote.span, link: nil, auditID: auditID, received: received, tracer: self)
        }
        guard candidate.isChosen else { return nil }
        let context = TraceContext(trace: candidate.trace, span: spanID(), isSampled: true)
        return RequestTrace(
            context, parent: 0, link: candidate.remote, auditID: auditID, received: received, tracer: self)
    }

    package func take(_ spans: [FinishedSpan]) {
        let isFirst = queue.withLock { queue in
            let room = Self.queueMax - queue.spans.count
            defer { queue.spans += spans.prefix(room) }
            queue.lost += max(0, spans.count - room)
            return queue.spans.isEmpty
        }
        if isFirst { tell.yield() }
    }

    /// Until cancelled; then sends what is left.
    package func run() async {
        for await _ in news {
            do { try await time.sleep(for: Self.delay) } catch { break }
            await send()
        }
        await LastWord.say(within: Self.farewellMax, time) { await self.send() }
    }

    private func send() async {
        let taken = queue.withLock { queue in
            defer { queue = Queue() }
            return queue
        }
        guard !taken.spans.isEmpty else { return }
        let batches = stride(from: 0, to: taken.spans.count, by: Self.batchMax).map { start in
            TraceMessage.bytes(taken.spans[start..<min(start + Self.batchMax, taken.spans.count)], instance: instance)
        }
        if taken.lost > 0 {
            logger.warning("spans were lost: too many waited to be sent", metadata: ["lost": "\(taken.lost)"])
        }
        do { try await exporter.export(batches) } catch {
            logger.warning(
                "spans could not be sent",
                metadata: ["spans": "\(taken.spans.count)", "error": "\(error)"])
        }
    }
}
