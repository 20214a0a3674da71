internal import APIClient
internal import APIMachinery
internal import APITypes
internal import Determinism
internal import Logging
internal import Synchronization

/// Where events wait until they are sent, so that telling never holds up doing.
///
/// The queue is bounded, and the newest are dropped when it is full. The same event again within ten minutes raises
/// the count of the first.
final class EventSink: Sendable {
    static let queueMax = 1000
    static let rememberedMax = 4096
    static let repeatWindow = Duration.seconds(600)

    private struct Identity: Hashable {
        let component: String
        let uid: String
        let path: String
        let type: String
        let reason: String
        let message: String

        init(_ event: Event) {
            component = event.reportingComponent
            uid = event.involvedObject.uid.isEmpty ? event.involvedObject.name : event.involvedObject.uid
            path = event.involvedObject.fieldPath
            type = event.type
            reason = event.reason
            message = event.message
        }
    }

    private struct Known {
        var event: Event
        var last: Duration
    }

    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let known = Mutex<[Identity: Known]>([:])
    private let events: AsyncStream<(Event, APIClient)>
    private let continuation: AsyncStream<(Event, APIClient)>.Continuation

    init(time: any Timekeeper, random: any RandomSource, logger: Logger) {
        self.time = time
        self.random = random
        self.logger = logger
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueMax))
    }

    /// - client: who tells it.
    func add(_ event: Event, _ client: APIClient) {
        if case .dropped = continuation.yield((event, client)) {
            logger.debug("event dropped, the queue is full", metadata: ["reason": "\(event.reason)"])
        }
    }

    /// Sends what waits, until cancelled.
    func run() async {
        for await (event, client) in events { await send(event, client) }
    }

    private func send(_ event: Event, _ client: APIClient) async {
        let identity = Identity(event)
        let uptime = time.uptime
        let earlier = known.withLock { known in known[identity] }
        do throws(StatusError) {
            if let earlier, uptime - earlier.last < Self.repeatWindow {
                let now = time.now
                let body: Value = [
                    "count": .integer(Int64(earlier.event.count) + 1), "lastTimestamp": .string(now.rfc3339),
                ]
                let metadata = earlier.event.metadata
                do throws(StatusError) {
                    remember(
                        try await client.patch(
                            Event.self, metadata.name, namespace: metadata.namespace, .merge(body)),
                        as: identity)
                    return
                } catch where error.reason == .notFound {}
            }
            remember(try await client.create(complete(event)), as: identity)
        } catch {
            logger.debug("event not recorded", metadata: ["reason": "\(event.reason)", "error": "\(error)"])
        }
    }

    private func complete(_ event: Event) -> Event {
        let now = time.now
        var event = event
        let suffix = String(UInt64(bitPattern: now.nanoseconds) ^ (random.next() & 0xfff), radix: 16)
        event.metadata.name = "\(event.involvedObject.name).\(suffix)"
        event.metadata.namespace = event.involvedObject.namespace.isEmpty ? "default" : event.involvedObject.namespace
        event.firstTimestamp = now
        event.lastTimestamp = now
        event.count = 1
        return event
    }

    private func remember(_ event: Event, as identity: Identity) {
        let uptime = time.uptime
        known.withLock { known in
            if known.count >= Self.rememberedMax {
                known = known.filter { uptime - $0.value.last < Self.repeatWindow }
                if known.count >= Self.rememberedMax { known.removeAll() }
            }
            known[identity] = Known(event: event, last: uptime)
        }
    }
}
