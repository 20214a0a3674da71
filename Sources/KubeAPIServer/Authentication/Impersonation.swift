internal import APIClient
internal import APIMachinery

/// `Impersonate-User` and its kin: a user becomes another, if policy lets them.
struct Impersonation: Sendable {
    let authorizer: UnionAuthorizer

    func become(_ user: UserInfo, _ headers: RequestHeaders) throws(StatusError) -> UserInfo {
        let name = headers["impersonate-user"] ?? ""
        let groups = headers.all("impersonate-group")
        let account = name.split(separator: ":")
        if account.count == 4, name.hasPrefix("system:serviceaccount:") {
            try check(user, resource: "serviceaccounts", namespace: String(account[2]), name: String(account[3]))
        } else {
            try check(user, resource: "users", name: name)
        }
        for group in groups { try check(user, resource: "groups", name: group) }
        var extra: [String: [String]] = [:]
        for header in headers.everything where header.name.hasPrefix("impersonate-extra-") {
            let encoded = String(header.name.dropFirst("impersonate-extra-".count))
            let key = PercentEncoding.decode(encoded) ?? encoded
            try check(user, group: "authentication.k8s.io", resource: "userextras", subresource: key, name: header.value)
            extra[key, default: []].append(header.value)
        }
        let uid = headers["impersonate-uid"] ?? ""
        if !uid.isEmpty { try check(user, group: "authentication.k8s.io", resource: "uids", name: uid) }
        return UserInfo(name: name, uid: uid, groups: effectiveGroups(name, groups), extra: extra)
    }

    private func effectiveGroups(_ name: String, _ groups: [String]) -> [String] {
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

    private func check(
        _ user: UserInfo, group: String = "", resource: String, subresource: String = "", namespace: String = "",
        name: String
    ) throws(StatusError) {
        let attributes = AuthorizationAttributes(
            user: user, verb: "impersonate", apiGroup: group, resource: resource, subresource: subresource,
            namespace: namespace, name: name)
        let decision = authorizer.authorize(attributes)
        guard decision.isAllowed else { throw ForbiddenMessage.status(for: attributes, reason: decision.reason) }
    }
}
