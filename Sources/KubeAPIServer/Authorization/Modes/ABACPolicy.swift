internal import APIMachinery

/// Rights as lines of a file, one JSON object each (`abac.authorization.kubernetes.io/v1beta1` Policy).
package struct ABACPolicy: Authorizer {
    private struct Line {
        let user: String
        let group: String
        let isReadOnly: Bool
        let apiGroup: String
        let resource: String
        let namespace: String
        let path: String
    }

    private static let reading: Set<String> = ["get", "list", "watch"]

    private let lines: [Line]

    /// Reads the file; blank lines and those that begin with `#` mean nothing.
    package init(_ bytes: [UInt8], path: String) throws(ConfigurationError) {
        var lines: [Line] = []
        let texts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in texts.enumerated() {
            let text = Substring(decoding: bytes, as: UTF8.self).trimmed
            guard !text.isEmpty, !text.hasPrefix("#") else { continue }
            do throws(JSONError) { lines.append(Self.line(try Value(json: Array(text.utf8)))) } catch {
                throw ConfigurationError("error reading policy file \(path), line \(index): \(text): \(error.message)")
            }
        }
        self.lines = lines
    }

    private static func line(_ value: Value) -> Line {
        // Files from before there were versions have the fields at the top.
        let spec = value["spec"] ?? value
        return Line(
            user: spec.text("user"), group: spec.text("group"), isReadOnly: spec["readonly"]?.boolValue ?? false,
            apiGroup: spec.text("apiGroup"), resource: spec.text("resource"), namespace: spec.text("namespace"),
            path: spec.text("nonResourcePath"))
    }

    package func authorize(_ attributes: AuthorizationAttributes) -> Decision {
        if lines.contains(where: { Self.matches($0, attributes) }) { return .allow(reason: "") }
        return .noOpinion(reason: "No policy matched.")
    }

    private static func matches(_ line: Line, _ request: AuthorizationAttributes) -> Bool {
        guard isSubject(line, request.user), !line.isReadOnly || reading.contains(request.verb) else { return false }
        guard request.isResourceRequest else {
            return line.path == "*" || line.path == request.path
                || (line.path.hasSuffix("*") && request.path.hasPrefix(line.path.dropLast()))
        }
        func fits(_ wanted: String, _ has: String) -> Bool { wanted == "*" || wanted == has }
        return fits(line.namespace, request.namespace) && fits(line.resource, request.resource)
            && fits(line.apiGroup, request.apiGroup)
    }

    private static func isSubject(_ line: Line, _ user: UserInfo) -> Bool {
        if line.user.isEmpty, line.group.isEmpty { return false }
        let isUser = line.user.isEmpty || line.user == user.name || (line.user == "*" && isKnown(user))
        let isMember =
            line.group.isEmpty || user.groups.contains(line.group) || (line.group == "*" && isKnown(user))
        return isUser && isMember
    }

    /// A star stands for everybody who is somebody.
    private static func isKnown(_ user: UserInfo) -> Bool { user.groups.contains(UserGroup.authenticated) }
}
