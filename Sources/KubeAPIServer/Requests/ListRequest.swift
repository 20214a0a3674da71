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
        let isWatch = info.verb == "watch"
        let options = try ListOptions(query, isWatch: isWatch)
        filter = ObjectFilter(namespace: info.namespace, name: info.name.isEmpty ? nil : info.name)
        filter.labels = options.labels
        for requirement in options.fields.requirements { try Self.add(requirement, to: &filter, resource) }
        resourceVersion = options.resourceVersion
        limit = max(0, Int(options.limit))
        allowsBookmarks = options.allowsBookmarks
        sendsInitialEvents = options.sendsInitialEvents ?? false
        timeoutSeconds = options.timeoutSeconds.flatMap { $0 > 0 ? Int($0) : nil }
        if !options.continueToken.isEmpty, !isWatch {
            let position = try ContinueToken(options.continueToken)
            guard resourceVersion.isEmpty || resourceVersion == "0" else {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            after = position.after
            match = position.revision > 0 ? .exact(position.revision) : .latest
        } else {
            match = try Self.match(options, isWatch: isWatch, resource)
        }
    }

    private static func match(
        _ options: ListOptions, isWatch: Bool, _ resource: ServedResource
    ) throws(StatusError) -> VersionMatch {
        let version = options.resourceVersion
        guard !version.isEmpty else { return .latest }
        guard let revision = Revision(version), revision >= 0 else {
            let why = FieldError.invalid(
                "resourceVersion", version, "strconv.ParseUint: parsing \(GoText.quote(version)): invalid syntax")
            guard isWatch else { throw .badRequest("invalid resource version: \(why)") }
            let kind = GroupVersionKind(group: resource.info.group, version: "", kind: resource.info.plural)
            throw .invalid(kind, "", [why])
        }
        if options.resourceVersionMatch == "Exact" { return .exact(revision) }
        return revision == 0 ? .any : .notOlderThan(revision)
    }

    /// A name that no object has.
    private static let nobody = "/"

    private static func add(
        _ requirement: FieldSelector.Requirement, to filter: inout ObjectFilter, _ resource: ServedResource
    ) throws(StatusError) {
        if requirement.field == "metadata.name", !requirement.isNegated, filter.name == nil {
            filter.name = requirement.value
            return
        }
        // Kinds without fields of their own may be asked for a namespace, be they in none.
        if requirement.field == "metadata.namespace", !resource.info.isNamespaced, !hasOwnFields(resource) {
            if requirement.value.isEmpty == requirement.isNegated { filter.name = nobody }
            return
        }
        guard let index = resource.store.cache.fields.firstIndex(where: { $0.name == requirement.field }) else {
            throw .badRequest(unknownField(requirement.field, resource))
        }
        filter.fields.append(
            ObjectFilter.FieldRequirement(
                index: index, value: requirement.value, isEqual: !requirement.isNegated))
    }
}

extension ListRequest {
    private static let usualFields = ["metadata.name", "metadata.namespace"]

    private static func hasOwnFields(_ resource: ServedResource) -> Bool {
        // Of the core group's even those that have none are asked for their names alone.
        resource.isCustom || resource.info.group.isEmpty
            || resource.store.cache.fields.contains { !usualFields.contains($0.name) }
    }

    /// Kinds with fields of their own say it in another way than those without.
    private static func unknownField(_ name: String, _ resource: ServedResource) -> String {
        let usual = usualFields
        if resource.info.groupVersionKind.kind == "Job", resource.info.group == "batch" {
            return "field label \(GoText.quote(name)) not supported for Job"
        }
        if resource.isCustom || resource.store.cache.fields.contains(where: { !usual.contains($0.name) }) {
            return "field label not supported: \(name)"
        }
        return "\(GoText.quote(name)) is not a known field selector: only \(GoText.quote(usual[0])), "
            + GoText.quote(usual[1])
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
        func invalid(_ why: String) -> StatusError {
            .badRequest("invalid continue token: continue key is not valid: \(why)")
        }
        var padded = token.replacing("-", with: "+").replacing("_", with: "/")
        while padded.utf8.count % 4 != 0 { padded += "=" }
        guard !token.utf8.contains(UInt8(ascii: "=")), let bytes = Base64.decode(Array(padded.utf8)) else {
            throw invalid("illegal base64 data at input byte \(Self.firstIllegal(token))")
        }
        let value: Value
        do throws(JSONError) { value = try Value(json: bytes) } catch { throw invalid(error.message) }
        let version = value["v"]?.stringValue ?? ""
        guard version == "meta.k8s.io/v1" else {
            throw invalid("server does not recognize this encoded version \(version)")
        }
        guard let revision = value["rv"]?.integerValue, revision != 0 else {
            throw invalid("incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
        }
        guard let after = value["start"]?.stringValue, !after.isEmpty else {
            throw invalid("encoded start key empty (version meta.k8s.io/v1)")
        }
        self.init(revision: max(0, revision), after: after)
    }

    /// Where the alphabet ends; for one letter too few, the end.
    private static func firstIllegal(_ token: String) -> Int {
        let isLegal = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || byte == 0x2d || byte == 0x5f
        }
        return token.utf8.enumerated().first { !isLegal($0.element) }?.offset ?? token.utf8.count
    }

    package var text: String {
        // As upstream, which takes 0 for a mistake.
        let revision = revision == 0 ? -1 : revision
        let value: Value = ["v": "meta.k8s.io/v1", "rv": .integer(revision), "start": .string(after)]
        return Base64.encode(value.json).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
