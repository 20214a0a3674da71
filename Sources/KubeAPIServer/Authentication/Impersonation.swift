internal import APIClient

/// `Impersonate-User` and its kin: a user becomes another, if policy lets them.
struct Impersonation: Sendable {
    /// Who they become.
    let user: UserInfo
    /// What must be allowed for that.
    let questions: [AuthorizationAttributes]

    /// `nil` when nobody is asked to become another.
    init?(_ asker: UserInfo, _ headers: RequestHeaders) {
        guard let name = headers["impersonate-user"] else { return nil }
        var questions: [AuthorizationAttributes] = []
        func ask(
            _ resource: String, group: String = "", subresource: String = "", namespace: String = "", name: String
        ) {
            questions.append(
                AuthorizationAttributes(
                    user: asker, verb: "impersonate", apiGroup: group, resource: resource, subresource: subresource,
                    namespace: namespace, name: name))
        }
        let groups = headers.all("impersonate-group")
        let account = name.split(separator: ":")
        if account.count == 4, name.hasPrefix("system:serviceaccount:") {
            ask("serviceaccounts", namespace: String(account[2]), name: String(account[3]))
        } else {
            ask("users", name: name)
        }
        for group in groups { ask("groups", name: group) }
        var extra: [String: [String]] = [:]
        for header in headers.everything where header.name.hasPrefix("impersonate-extra-") {
            let encoded = String(header.name.dropFirst("impersonate-extra-".count))
            let key = PercentEncoding.decode(encoded) ?? encoded
            ask("userextras", group: "authentication.k8s.io", subresource: key, name: header.value)
            extra[key, default: []].append(header.value)
        }
        let uid = headers["impersonate-uid"] ?? ""
        if !uid.isEmpty { ask("uids", group: "authentication.k8s.io", name: uid) }
        self.questions = questions
        user = UserInfo(name: name, uid: uid, groups: Self.effectiveGroups(name, groups), extra: extra)
    }

    private static func effectiveGroups(_ name: String, _ groups: [String]) -> [String] {
        if name == "system:anonymous" { return groups.isEmpty ? [UserGroup.unauthenticated] : groups }
        var all = groups
        let account = name.split(separator: ":")
        if all.isEmpty, account.count == 4, name.hasPrefix("system:serviceaccount:") {
            all = [UserGroup.serviceAccounts, "\(UserGroup.serviceAccounts):\(account[2])"]
        }
        if !all.contains(UserGroup.authenticated), !all.contains(UserGroup.unauthenticated) {
            all.append(UserGroup.authenticated)
        }
        return all
    }
}
