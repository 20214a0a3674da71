package import APIClient
package import APITypes
package import Determinism
package import Logging
internal import APIMachinery
internal import Synchronization

/// Tells users what a component did to an object, and why, as `Event` objects.
///
/// Telling never holds up doing: events wait in a bounded queue and the newest are dropped when it is
/// full. The same event again within ten minutes raises the count of the first.
package final class EventRecorder: Sendable {
    package static let queueMax = 1000
    package static let rememberedMax = 4096
    package static let repeatWindow = Duration.seconds(600)

    package enum Level: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    private struct Identity: Hashable {
        let uid: String
        let path: String
        let type: String
        let reason: String
        let message: String
    }

    private struct Known {
        var event: Event
        var last: Duration
    }

    private let client: APIClient
    private let component: String
    private let host: String
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let known = Mutex<[Identity: Known]>([:])
    private let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    package init(
        client: APIClient, component: String, host: String = "", time: any Timekeeper, random: any RandomSource,
        logger: Logger
    ) {
        self.client = client
        self.component = component
        self.host = host
        self.time = time
        self.random = random
        self.logger = logger
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueMax))
    }

    package func event(_ object: some APIObject, _ level: Level, reason: String, _ message: String) {
        event(about: Self.reference(to: object), level, reason: reason, message)
    }

    package func event(about object: ObjectReference, _ level: Level, reason: String, _ message: String) {
        var event = Event()
        event.involvedObject = object
        event.type = level.rawValue
        event.reason = reason
        event.message = message
        if case .dropped = continuation.yield(event) {
            logger.debug("event dropped, the queue is full", metadata: ["reason": "\(reason)"])
        }
    }

    package static func reference(to object: some APIObject) -> ObjectReference {
        let gvk = type(of: object).gvk
        var reference = ObjectReference()
        reference.apiVersion = gvk.groupVersion.description
        reference.kind = gvk.kind
        reference.namespace = object.metadata.namespace
        reference.name = object.metadata.name
        reference.uid = object.metadata.uid
        reference.resourceVersion = object.metadata.resourceVersion
        return reference
    }

    /// Sends what waits, until cancelled.
    package func run() async throws {
        for await event in events { await send(event) }
    }

    private func send(_ event: Event) async {
        let identity = Identity(
            uid: event.involvedObject.uid.isEmpty ? event.involvedObject.name : event.involvedObject.uid,
            path: event.involvedObject.fieldPath, type: event.type, reason: event.reason, message: event.message)
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
        event.source.component = component
        event.source.host = host
        event.reportingComponent = component
        event.reportingInstance = host
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
