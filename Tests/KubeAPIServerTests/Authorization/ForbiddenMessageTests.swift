import APIMachinery
import KubeAPIServer
import Testing

@Suite("What a client reads that may not")
struct ForbiddenMessageTests {
    private static let user = UserInfo(name: "u")

    @Test(arguments: [
        (
            AuthorizationAttributes(user: user, verb: "list", resource: "pods", namespace: "default"), "",
            #"pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "default""#
        ),
        (
            AuthorizationAttributes(
                user: user, verb: "get", apiGroup: "apps", resource: "deployments", subresource: "scale",
                namespace: "n", name: "d"),
            "",
            #"deployments.apps "d" is forbidden: User "u" cannot get resource "deployments/scale" in API group "apps" "#
                + #"in the namespace "n""#
        ),
        (
            AuthorizationAttributes(user: user, verb: "list", resource: "nodes"),
            #"RBAC: clusterrole.rbac.authorization.k8s.io "x" not found"#,
            #"nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: "#
                + #"clusterrole.rbac.authorization.k8s.io "x" not found"#
        ),
        (
            AuthorizationAttributes(user: .anonymous, verb: "get", path: "/metrics"), "",
            #"forbidden: User "system:anonymous" cannot get path "/metrics""#
        ),
        (
            AuthorizationAttributes(user: user, verb: "get", path: "/<&>"), "",
            #"forbidden: User "u" cannot get path "/&lt;&amp;&gt;""#
        ),
    ])
    func hasUpstreamsWords(_ attributes: AuthorizationAttributes, _ reason: String, _ message: String) {
        let status = ForbiddenMessage.status(for: attributes, reason: reason)
        #expect(status.message == message)
        #expect(status.code == 403)
    }
}
