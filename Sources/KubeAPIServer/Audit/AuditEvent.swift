package import APIMachinery
package import Determinism

/// What is written down of a request at one stage (`audit.k8s.io/v1` Event).
package struct AuditEvent: Sendable {
    /// The bounded part of a `Status`.
    package struct ResponseStatus: Sendable {
        package var code: Int
        package var status = ""
        package var message = ""
        package var reason = ""
        package var details: Value?

        package init(code: Int) { self.code = code }
    }

    package struct ObjectReference: Sendable {
        package var resource = ""
        package var namespace = ""
        package var name = ""
        package var uid = ""
        package var apiGroup = ""
        package var apiVersion = ""
        package var resourceVersion = ""
        package var subresource = ""
    }

    package var level: AuditLevel
    package var id: String
    package var stage = AuditStage.requestReceived
    package var requestURI: String
    package var verb: String
    package var user: UserInfo
    package var impersonatedUser: UserInfo?
    package var impersonationConstraint = ""
    package var sourceIPs: [String]
    package var userAgent: String
    package var object: ObjectReference?
    package var response: ResponseStatus?
    /// JSON.
    package var requestObject: [UInt8]?
    package var responseObject: [UInt8]?
    package var received: Timestamp
    package var stageTime: Timestamp
    package var annotations: [String: String] = [:]

    package init(
        level: AuditLevel, id: String, requestURI: String, verb: String, user: UserInfo, sourceIPs: [String],
        userAgent: String, received: Timestamp, stageTime: Timestamp
    ) {
        self.level = level
        self.id = id
        self.requestURI = requestURI
        self.verb = verb
        self.user = user
        self.sourceIPs = sourceIPs
        self.userAgent = userAgent
        self.received = received
        self.stageTime = stageTime
    }
}

extension AuditEvent {
    /// One line of JSON, fields in upstream's order.
    package var json: [UInt8] {
        JSONWriter.bytes { writer in
            writer.beginObject()
            writer.key("kind")
            writer.string("Event" as String)
            writer.key("apiVersion")
            writer.string("audit.k8s.io/v1" as String)
            write(&writer)
            writer.endObject()
        }
    }

    /// An `EventList` of these.
    package static func list(_ events: [AuditEvent]) -> [UInt8] {
        JSONWriter.bytes { writer in
            writer.beginObject()
            writer.key("kind")
            writer.string("EventList" as String)
            writer.key("apiVersion")
            writer.string("audit.k8s.io/v1" as String)
            writer.key("metadata")
            writer.beginObject()
            writer.endObject()
            writer.key("items")
            writer.beginArray()
            for event in events {
                writer.beginObject()
                event.write(&writer)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }

    private func write(_ writer: inout JSONWriter) {
        Self.put("level", level.rawValue, &writer)
        Self.put("auditID", id, &writer)
        Self.put("stage", stage.rawValue, &writer)
        Self.put("requestURI", requestURI, &writer)
        Self.put("verb", verb, &writer)
        Self.put("user", user, &writer)
        if let impersonatedUser { Self.put("impersonatedUser", impersonatedUser, &writer) }
        if !impersonationConstraint.isEmpty {
            writer.key("authenticationMetadata")
            let metadata: Value = ["impersonationConstraint": .string(impersonationConstraint)]
            metadata.encode(to: &writer)
        }
        if !sourceIPs.isEmpty {
            writer.key("sourceIPs")
            Value.strings(sourceIPs).encode(to: &writer)
        }
        Self.putUnlessEmpty("userAgent", userAgent, &writer)
        writeObject(&writer)
        writeResponse(&writer)
        for (name, json) in [("requestObject", requestObject), ("responseObject", responseObject)] {
            guard let json else { continue }
            writer.key(name)
            writer.raw(json)
        }
        Self.put("requestReceivedTimestamp", received.rfc3339Micro, &writer)
        Self.put("stageTimestamp", stageTime.rfc3339Micro, &writer)
        if !annotations.isEmpty {
            writer.key("annotations")
            Value.stringMap(annotations).encode(to: &writer)
        }
    }

    private func writeObject(_ writer: inout JSONWriter) {
        guard let object else { return }
        writer.key("objectRef")
        writer.beginObject()
        Self.putUnlessEmpty("resource", object.resource, &writer)
        Self.putUnlessEmpty("namespace", object.namespace, &writer)
        Self.putUnlessEmpty("name", object.name, &writer)
        Self.putUnlessEmpty("uid", object.uid, &writer)
        Self.putUnlessEmpty("apiGroup", object.apiGroup, &writer)
        Self.putUnlessEmpty("apiVersion", object.apiVersion, &writer)
        Self.putUnlessEmpty("resourceVersion", object.resourceVersion, &writer)
        Self.putUnlessEmpty("subresource", object.subresource, &writer)
        writer.endObject()
    }

    private func writeResponse(_ writer: inout JSONWriter) {
        guard let response else { return }
        writer.key("responseStatus")
        writer.beginObject()
        writer.key("metadata")
        writer.beginObject()
        writer.endObject()
        Self.putUnlessEmpty("status", response.status, &writer)
        Self.putUnlessEmpty("message", response.message, &writer)
        Self.putUnlessEmpty("reason", response.reason, &writer)
        if let details = response.details {
            writer.key("details")
            details.encode(to: &writer)
        }
        if response.code != 0 {
            writer.key("code")
            writer.integer(Int64(response.code))
        }
        writer.endObject()
    }

    private static func put(_ name: String, _ user: UserInfo, _ writer: inout JSONWriter) {
        writer.key(name)
        writer.beginObject()
        putUnlessEmpty("username", user.name, &writer)
        putUnlessEmpty("uid", user.uid, &writer)
        if !user.groups.isEmpty {
            writer.key("groups")
            Value.strings(user.groups).encode(to: &writer)
        }
        if !user.extra.isEmpty {
            writer.key("extra")
            writer.beginObject()
            for (key, values) in user.extra.sorted(by: { $0.key < $1.key }) {
                writer.key(key)
                Value.strings(values).encode(to: &writer)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    private static func put(_ name: String, _ text: String, _ writer: inout JSONWriter) {
        writer.key(name)
        writer.string(text)
    }

    private static func putUnlessEmpty(_ name: String, _ text: String, _ writer: inout JSONWriter) {
        if !text.isEmpty { put(name, text, &writer) }
    }
}

extension AuditEvent {
    /// One line of text, upstream's `legacy` format.
    package var legacy: String {
        let isNamed = !user.name.isEmpty
        let fields: [(String, String)] = [
            ("id", id), ("stage", stage.rawValue), ("ip", sourceIPs.first ?? "<unknown>"), ("method", verb),
            ("user", isNamed ? user.name : "<none>"),
            ("groups", isNamed && !user.groups.isEmpty ? Self.quoted(user.groups) : "<none>"),
            ("as", impersonatedUser?.name ?? "<self>"),
            ("asgroups", impersonatedUser.map { Self.quoted($0.groups) } ?? "<lookup>"), ("user-agent", userAgent),
            ("namespace", object.map(\.namespace).flatMap { $0.isEmpty ? nil : $0 } ?? "<none>"), ("uri", requestURI),
            ("response", response.map { String($0.code) } ?? "<deferred>"),
        ]
        let text = fields.map { "\($0.0)=\(GoText.quote($0.1))" }.joined(separator: " ")
        return "\(received.rfc3339Nano) AUDIT: \(text)"
    }

    private static func quoted(_ texts: [String]) -> String { texts.map(GoText.quote).joined(separator: ",") }

    /// Without the objects, for those who take no events of such a size.
    package var truncated: AuditEvent {
        var event = self
        event.requestObject = nil
        event.responseObject = nil
        event.annotations["audit.k8s.io/truncated"] = "true"
        return event
    }
}
