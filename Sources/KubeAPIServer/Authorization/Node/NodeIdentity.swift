/// Which kubelet a user is.
package enum NodeIdentity {
    package static let userPrefix = "system:node:"

    /// `nil` when the user is no node; an empty name when it is one that nobody can tell which.
    package static func nodeName(of user: UserInfo) -> String? {
        guard user.name.hasPrefix(userPrefix), user.groups.contains(UserGroup.nodes) else { return nil }
        return String(user.name.dropFirst(userPrefix.count))
    }
}
