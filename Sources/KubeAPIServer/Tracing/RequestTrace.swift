package import Determinism
internal import Synchronization

/// What is told of a span beside its name and its times.
package enum TraceValue: Sendable, Equatable {
    case text(String)
    case number(Int)
}

package typealias TraceAttributes = [(name: String, value: TraceValue)]

/// A span that is over.
package struct FinishedSpan: Sendable {
    package enum Kind: UInt64, Sendable { case inside = 1, server = 2 }

    package var trace: TraceID
    package var id: UInt64
    /// 0 for the first of its trace.
    package var parent: UInt64
    package var state = ""
    package var name: String
    package var kind = Kind.inside
    package var began: Timestamp
    package var ended: Timestamp
    package var attributes: TraceAttributes = []
    /// Another trace that led to this one.
    package var link: TraceContext?
    package var problem: String?

    package init(
        trace: TraceID, id: UInt64, parent: UInt64, state: String = "", name: String, kind: Kind = .inside,
        began: Timestamp, ended: Timestamp, attributes: TraceAttributes = [], link: TraceContext? = nil,
        problem: String? = nil
    ) {
        self.trace = trace
        self.id = id
        self.parent = parent
        self.state = state
        self.name = name
        self.kind = kind
        self.began = began
        self.ended = ended
        self.attributes = attributes
        self.link = link
        self.problem = problem
    }
}

/// The spans of one request, sent on together when it is over.
final class RequestTrace: Sendable {
    /// What comes beyond is left out.
    static let spansMax = 256

    private let context: TraceContext
    private let parent: UInt64
    private let link: TraceContext?
    let auditID: String
    private let tracer: Tracer
    private let received: Duration
    /// What makes a moment of the calendar of an uptime.
    private let beginning: Timestamp
    private let spans = Mutex<[FinishedSpan]>([])

    /// - parent: whose trace it goes on; 0 for nobody's.
    init(
        _ context: TraceContext, parent: UInt64, link: TraceContext?, auditID: String, received: Duration,
        tracer: Tracer
    ) {
        self.context = context
        self.parent = parent
        self.link = link
        self.auditID = auditID
        self.tracer = tracer
        self.received = received
        beginning = tracer.time.now - tracer.time.uptime
    }

    /// A span that begins now.
    func begin(_ name: String) -> TraceSpan { begin(name, under: context.span) }

    fileprivate func begin(_ name: String, under parent: UInt64) -> TraceSpan {
        TraceSpan(trace: self, id: tracer.spanID(), parent: parent, name: name, began: tracer.time.uptime)
    }

    /// Something that took its time until now.
    func tell(_ name: String, since began: Duration) {
        end(TraceSpan(trace: self, id: tracer.spanID(), parent: context.span, name: name, began: began), [], nil)
    }

    fileprivate func end(_ span: TraceSpan, _ attributes: TraceAttributes, _ problem: String?) {
        let finished = FinishedSpan(
            trace: context.trace, id: span.id, parent: span.parent, state: context.state, name: span.name,
            began: beginning + span.began, ended: beginning + tracer.time.uptime,
            attributes: [("audit-id", .text(auditID))] + attributes, problem: problem)
        spans.withLock { if $0.count < Self.spansMax { $0.append(finished) } }
    }

    fileprivate func context(of span: UInt64) -> TraceContext {
        TraceContext(trace: context.trace, span: span, isSampled: true, state: context.state)
    }

    /// The request is answered.
    func finish(_ name: String, _ attributes: TraceAttributes, code: Int) {
        var root = FinishedSpan(
            trace: context.trace, id: context.span, parent: parent, state: context.state, name: name, kind: .server,
            began: beginning + received, ended: beginning + tracer.time.uptime,
            attributes: [("audit-id", .text(auditID))] + attributes, link: link)
        if code > 0 { root.attributes.append(("http.response.status_code", .number(code))) }
        if code >= 500 { root.problem = "" }
        tracer.take(spans.withLock { $0 } + [root])
    }
}

/// A span under way. Whoever does a part of a request's work finds it in ``current``.
struct TraceSpan: Sendable {
    @TaskLocal static var current: TraceSpan?

    fileprivate let trace: RequestTrace
    let id: UInt64
    let parent: UInt64
    let name: String
    let began: Duration

    fileprivate init(trace: RequestTrace, id: UInt64, parent: UInt64, name: String, began: Duration) {
        self.trace = trace
        self.id = id
        self.parent = parent
        self.name = name
        self.began = began
    }

    func child(_ name: String) -> TraceSpan { trace.begin(name, under: id) }

    /// - problem: what went wrong; `nil` when nothing did.
    func end(_ attributes: TraceAttributes = [], problem: String? = nil) { trace.end(self, attributes, problem) }

    /// What somebody else is told who is asked within this span.
    var context: TraceContext { trace.context(of: id) }

    /// Does something as this span, and ends it.
    func run<Outcome, Failure: Error>(
        _ attributes: TraceAttributes, _ body: () async throws(Failure) -> Outcome
    ) async throws(Failure) -> Outcome {
        let result: Result<Outcome, Failure> = await Self.$current.withValue(self) {
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }
        if case .failure(let error) = result { end(attributes, problem: "\(error)") } else { end(attributes) }
        return try result.get()
    }
}
