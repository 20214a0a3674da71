package import APIMachinery

/// What a list or watch is asked with, before anything is looked up (`meta/v1` ListOptions; upstream's
/// `metainternalversion/validation`).
package struct ListOptions: Sendable {
    package var labels = Selector.everything
    package var fields = FieldSelector.everything
    package var allowsBookmarks: Bool
    package var resourceVersion: String
    package var resourceVersionMatch: String
    package var timeoutSeconds: Int64?
    package var limit: Int64
    package var continueToken: String
    package var sendsInitialEvents: Bool?

    /// - isWatch: a watch follows other rules than a list.
    /// - Throws: 400 for what cannot be read, 422 for what does not go together.
    package init(_ query: QueryParameters, isWatch: Bool) throws(StatusError) {
        allowsBookmarks = query.truth("allowWatchBookmarks") ?? false
        resourceVersion = query["resourceVersion"] ?? ""
        resourceVersionMatch = query["resourceVersionMatch"] ?? ""
        continueToken = query["continue"] ?? ""
        sendsInitialEvents = query.truth("sendInitialEvents")
        timeoutSeconds = try query.integer("timeoutSeconds")
        limit = try query.integer("limit") ?? 0
        do throws(SelectorError) {
            if let text = query["labelSelector"], !text.isEmpty { labels = try Selector(parsing: text) }
            if let text = query["fieldSelector"], !text.isEmpty { fields = try FieldSelector(parsing: text) }
        } catch {
            throw .badRequest(error.message)
        }
        let errors = isWatch ? watchErrors : listErrors
        guard errors.isEmpty else { throw .invalid(MetaKind.listOptions, "", errors) }
    }

    private static let exact = "Exact"
    private static let notOlderThan = "NotOlderThan"

    private var listErrors: [FieldError] {
        var errors: [FieldError] = []
        if !resourceVersionMatch.isEmpty {
            if resourceVersion.isEmpty {
                errors.append(forbiddenMatch("resourceVersionMatch is forbidden unless resourceVersion is provided"))
            }
            errors += continueErrors
            if ![Self.exact, Self.notOlderThan].contains(resourceVersionMatch) {
                errors.append(
                    .notSupported("resourceVersionMatch", resourceVersionMatch, [Self.exact, Self.notOlderThan, ""]))
            }
            if resourceVersionMatch == Self.exact, resourceVersion == "0" {
                errors.append(
                    forbiddenMatch("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
            }
        }
        if sendsInitialEvents != nil {
            errors.append(.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
        }
        return errors
    }

    private var watchErrors: [FieldError] {
        var errors: [FieldError] = []
        if sendsInitialEvents != nil, resourceVersionMatch != Self.notOlderThan {
            errors.append(
                forbiddenMatch("sendInitialEvents requires setting resourceVersionMatch to \(Self.notOlderThan)"))
        }
        guard !resourceVersionMatch.isEmpty else { return errors }
        if sendsInitialEvents == nil {
            errors.append(
                forbiddenMatch("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
        }
        if resourceVersionMatch != Self.notOlderThan {
            errors.append(.notSupported("resourceVersionMatch", resourceVersionMatch, [Self.notOlderThan]))
        }
        return errors + continueErrors
    }

    private var continueErrors: [FieldError] {
        continueToken.isEmpty
            ? [] : [forbiddenMatch("resourceVersionMatch is forbidden when continue is provided")]
    }

    private func forbiddenMatch(_ why: String) -> FieldError { .forbidden("resourceVersionMatch", why) }
}

/// Kinds of options, as errors name them.
enum MetaKind {
    static let listOptions = kind("ListOptions")

    static func kind(_ kind: String) -> GroupVersionKind {
        GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: kind)
    }
}
