internal import APIMachinery
internal import APIRegistry

/// What `kubectl get events` shows, whichever of the two API groups the events are served by.
enum EventTable {
    static let columns: [TableColumn] = [
        .moment("Last Seen", "Time since the last occurrence.") { lastSeen(core($0), $1) },
        .text("Type", "Normal or Warning.") { core($0).text("type") },
        .text("Reason", "The one word for what happened.") { core($0).text("reason") },
        .text("Object", "What it happened to.") { object(core($0)["involvedObject"] ?? .emptyObject) },
        .text("Subobject", "The part of the object.", wide: true) { core($0).text("involvedObject", "fieldPath") },
        .text("Source", "Who tells.", wide: true) { source(core($0)) },
        .text("Message", "What happened, in words.") { trimmed(core($0).text("message")) },
        .moment("First Seen", "Time since the first occurrence.", wide: true) { firstSeen(core($0), $1) },
        .number("Count", "How often it happened.", type: "string", wide: true) { count(core($0)) },
        .text("Name", "The event's name.", format: "name", wide: true) { $0.name },
    ]

    private static func core(_ event: Value) -> Value {
        event["apiVersion"] == "events.k8s.io/v1" ? EventConversion.toCore(event) : event
    }

    private static func firstSeen(_ event: Value, _ moment: TableMoment) -> String {
        moment.age(since: event.time("firstTimestamp") ?? event.time("eventTime"))
    }

    private static func lastSeen(_ event: Value, _ moment: TableMoment) -> String {
        if event.has("series") { return moment.age(since: event.time("series", "lastObservedTime")) }
        guard let last = event.time("lastTimestamp") else { return firstSeen(event, moment) }
        return moment.age(since: last)
    }

    private static func count(_ event: Value) -> Int64 {
        event.has("series") ? event.number("series", "count") : max(event.number("count"), 1)
    }

    private static func object(_ reference: Value) -> String {
        let kind = reference.text("kind").lowercased()
        let name = reference.text("name")
        return name.isEmpty ? kind : "\(kind)/\(name)"
    }

    private static func source(_ event: Value) -> String {
        let component = event.text("source", "component").or(event.text("reportingComponent"))
        let instance = event.text("source", "host").or(event.text("reportingInstance"))
        return instance.isEmpty ? component : "\(component), \(instance)"
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
