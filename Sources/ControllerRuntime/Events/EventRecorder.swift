package import APIClient
package import APITypes
package import Determinism
package import Logging
internal import APIMachinery

/// Tells users what a component did to an object, and why, as `Event` objects.
///
/// Telling never holds up doing: see ``EventSink``.
package struct EventRecorder: Sendable {
    package enum Level: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    private let sink: EventSink
    private let client: APIClient
    private let component: String
    private let host: String

    /// - component: who tells; clients see it as the event's source.
    package init(
        client: APIClient, component: String, host: String = "", time: any Timekeeper, random: any RandomSource,
        logger: Logger
    ) {
        self.init(
            sink: EventSink(time: time, random: random, logger: logger), client: client, component: component,
            host: host)
    }

    private init(sink: EventSink, client: APIClient, component: String, host: String) {
        self.sink = sink
        self.client = client
        self.component = component
        self.host = host
    }

    /// One for a part of the component: with a name and rights of its own, and the same queue.
    package func acting(as client: APIClient, component: String) -> EventRecorder {
        EventRecorder(sink: sink, client: client, component: component, host: host)
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
        event.source.component = component
        event.source.host = host
        event.reportingComponent = component
        event.reportingInstance = host
        sink.add(event, client)
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

    /// Sends what waits, until cancelled; once for all that share the queue.
    package func run() async throws { await sink.run() }
}
