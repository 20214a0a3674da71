package import APIMachinery
package import APIRegistry
package import KeyValueStore

/// What a list or watch asks for, read from the query and judged.
package struct ListRequest: Sendable {
    package enum VersionMatch: Sendable, Equatable {
        /// The newest state.
        case latest
        /// Whatever is at hand.
        case any
        case notOlderThan(Revision)
        case exact(Revision)
    }

    package var filter: ObjectFilter
    package var match: VersionMatch
    package var limit: Int
    /// The key to go on after, from a continue token.
    package var after: String?
    package var resourceVersion: String
    package var allowsBookmarks: Bool
    package var sendsInitialEvents: Bool
    package var timeoutSeconds: Int?

    package init(_ info: RequestInfo, _ query: QueryParameters, _ resource: ServedResource) throws(StatusError) {
        filter = try Self.filter(info, query, resource)
        resourceVersion = query["resourceVersion"] ?? ""
        limit = Int(query["limit"] ?? "") ?? 0
        guard limit >= 0 else { throw .badRequest("limit may not be negative") }
        allowsBookmarks = query.flag("allowWatchBookmarks")
        sendsInitialEvents = query.flag("sendInitialEvents")
        timeoutSeconds = query["timeoutSeconds"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
        match = try Self.match(resourceVersion, query["resourceVersionMatch"] ?? "", isWatch: info.verb == "watch")
        if let token = query["continue"], !token.isEmpty {
            guard resourceVersion.isEmpty || resourceVersion == "0" else {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            let position = try ContinueToken(token)
            after = position.after
            match = position.revision > 0 ? .exact(position.revision) : .latest
        }
    }

    private static func match(
        _ version: String, _ match: String, isWatch: Bool
    ) throws(StatusError) -> VersionMatch {
        if version.isEmpty {
            guard match.isEmpty || isWatch else {
                throw .badRequest(
                    "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is "
                        + "forbidden unless resourceVersion is provided")
            }
            return .latest
        }
        guard let revision = Revision(version), revision >= 0 else {
            throw .badRequest("Invalid value: \"\(version)\": strconv.ParseUint: parsing \"\(version)\": invalid syntax")
        }
        switch match {
        case "Exact" where revision > 0: return .exact(revision)
        case "Exact":
            throw .badRequest("resourceVersionMatch: Forbidden: resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"")
        case "", "NotOlderThan": return revision == 0 ? .any : .notOlderThan(revision)
        case _: throw .badRequest("resourceVersionMatch: Unsupported value: \"\(match)\": supported values: \"Exact\", \"NotOlderThan\", \"\"")
        }
    }

    private static func filter(
        _ info: RequestInfo, _ query: QueryParameters, _ resource: ServedResource
    ) throws(StatusError) -> ObjectFilter {
        var filter = ObjectFilter(namespace: info.namespace, name: info.name.isEmpty ? nil : info.name)
        do {
            if let text = query["labelSelector"], !text.isEmpty { filter.labels = try Selector(parsing: text) }
            guard let text = query["fieldSelector"], !text.isEmpty else { return filter }
            for requirement in try FieldSelector(parsing: text).requirements {
                try add(requirement, to: &filter, resource)
            }
        } catch let error as SelectorError {
            throw .badRequest(error.message)
        } catch let error as StatusError {
            throw error
        } catch {
            throw .badRequest("\(error)")
        }
        return filter
    }

    private static func add(
        _ requirement: FieldSelector.Requirement, to filter: inout ObjectFilter, _ resource: ServedResource
    ) throws(StatusError) {
        if requirement.field == "metadata.name", !requirement.isNegated, filter.name == nil {
            filter.name = requirement.value
            return
        }
        guard let index = resource.store.cache.fields.firstIndex(where: { $0.name == requirement.field }) else {
            throw .badRequest("field label not supported: \(requirement.field)")
        }
        filter.fields.append(
            ObjectFilter.FieldRequirement(
                index: index, value: requirement.value, isEqual: !requirement.isNegated))
    }
}

/// Where a paged list goes on: opaque to clients, base64url JSON as upstream's.
package struct ContinueToken: Sendable {
    /// 0: the state at the time of the first page is gone, go on in the newest.
    package var revision: Revision
    package var after: String

    package init(revision: Revision, after: String) {
        self.revision = revision
        self.after = after
    }

    package init(_ token: String) throws(StatusError) {
        var padded = token.replacing("-", with: "+").replacing("_", with: "/")
        while padded.utf8.count % 4 != 0 { padded += "=" }
        guard let bytes = Base64.decode(Array(padded.utf8)), let value = try? Value(json: bytes),
            let after = value["start"]?.stringValue, let revision = value["rv"]?.integerValue
        else { throw .badRequest("continue key is not valid: illegal base64 data or JSON") }
        self.init(revision: revision, after: after)
    }

    package var text: String {
        let value: Value = ["v": "meta.k8s.io/v1", "rv": .integer(revision), "start": .string(after)]
        return Base64.encode(value.json).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
