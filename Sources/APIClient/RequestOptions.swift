package import APIMachinery

/// What to list or watch.
package struct ListOptions: Sendable {
    package var labelSelector = ""
    package var fieldSelector = ""
    /// Empty: the newest state; `0`: whatever the server has at hand.
    package var resourceVersion = ""
    package var limit = 0
    package var continueToken = ""
    package var allowWatchBookmarks = false
    package var timeoutSeconds: Int?

    package init(labelSelector: String = "", fieldSelector: String = "", resourceVersion: String = "") {
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.resourceVersion = resourceVersion
    }

    var query: [(name: String, value: String)] {
        var query: [(name: String, value: String)] = []
        if !labelSelector.isEmpty { query.append(("labelSelector", labelSelector)) }
        if !fieldSelector.isEmpty { query.append(("fieldSelector", fieldSelector)) }
        if !resourceVersion.isEmpty { query.append(("resourceVersion", resourceVersion)) }
        if limit > 0 { query.append(("limit", String(limit))) }
        if !continueToken.isEmpty { query.append(("continue", continueToken)) }
        if allowWatchBookmarks { query.append(("allowWatchBookmarks", "true")) }
        if let timeoutSeconds { query.append(("timeoutSeconds", String(timeoutSeconds))) }
        return query
    }
}

/// How to delete.
package struct DeletionOptions: Sendable {
    package enum Propagation: String, Sendable {
        case foreground = "Foreground"
        case background = "Background"
        case orphan = "Orphan"
    }

    package var gracePeriodSeconds: Int?
    package var propagation: Propagation?
    /// Only delete the object that has this UID.
    package var uid: String?
    package var resourceVersion: String?

    package init(
        gracePeriodSeconds: Int? = nil, propagation: Propagation? = nil, uid: String? = nil,
        resourceVersion: String? = nil
    ) {
        self.gracePeriodSeconds = gracePeriodSeconds
        self.propagation = propagation
        self.uid = uid
        self.resourceVersion = resourceVersion
    }

    var value: Value {
        var value: Value = ["apiVersion": "v1", "kind": "DeleteOptions"]
        if let gracePeriodSeconds { value["gracePeriodSeconds"] = .integer(Int64(gracePeriodSeconds)) }
        if let propagation { value["propagationPolicy"] = .string(propagation.rawValue) }
        if let uid { value[path: "preconditions", "uid"] = .string(uid) }
        if let resourceVersion { value[path: "preconditions", "resourceVersion"] = .string(resourceVersion) }
        return value
    }
}

/// A change described by its difference.
package struct Patch: Sendable {
    package var body: Value
    package var contentType: String
    package var isForced = false

    /// RFC 7386.
    package static func merge(_ body: Value) -> Patch { Patch(body: body, contentType: "application/merge-patch+json") }
    package static func strategic(_ body: Value) -> Patch {
        Patch(body: body, contentType: "application/strategic-merge-patch+json")
    }
    /// RFC 6902.
    package static func operations(_ body: [Value]) -> Patch {
        Patch(body: .array(body), contentType: "application/json-patch+json")
    }
    /// Server-side apply.
    package static func apply(_ body: Value, force: Bool) -> Patch {
        Patch(body: body, contentType: "application/apply-patch+yaml", isForced: force)
    }
}
