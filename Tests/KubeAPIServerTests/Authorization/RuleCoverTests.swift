import KubeAPIServer
import Testing

@Suite("Nobody grants what they do not hold")
struct RuleCoverTests {
    private static func rule(
        _ verbs: [String], _ groups: [String], _ resources: [String], _ names: [String] = []
    ) -> RBACRule {
        RBACRule(verbs: verbs, apiGroups: groups, resources: resources, resourceNames: names)
    }

    private static func path(_ path: String) -> RBACRule { RBACRule(verbs: ["get"], nonResourceURLs: [path]) }

    @Test(arguments: [
        // Cases of upstream's table (`validation.TestCovers`).
        ([rule(["get"], ["v1"], ["builds"])], [rule(["get"], ["v1"], ["builds"])], true),
        ([rule(["delete", "deploy"], ["v1"], ["builds"])], [rule(["delete"], ["v1"], ["builds"])], true),
        ([rule(["delete"], ["v1"], ["deployments", "builds"])], [rule(["delete"], ["v1"], ["builds"])], true),
        ([rule(["delete"], ["v1"], ["builds"])], [rule(["delete"], ["v1"], ["deployments", "builds"])], false),
        (
            [rule(["delete"], ["v1"], ["builds"]), rule(["update"], ["v1"], ["builds"])],
            [rule(["delete", "update"], ["v1"], ["builds"])], true
        ),
        ([rule(["*"], ["*"], ["*"])], [rule(["get", "x"], ["a", "b"], ["c", "d/e"], ["n"])], true),
        ([rule(["get"], [""], ["*"])], [rule(["*"], [""], ["*"])], false),
        ([rule(["get"], [""], ["*/scale"])], [rule(["get"], [""], ["foo/scale"])], true),
        ([rule(["get"], [""], ["foo/scale"])], [rule(["get"], [""], ["*/scale"])], false),
        ([rule(["get"], [""], ["pods"], ["a"])], [rule(["get"], [""], ["pods"])], false),
        ([rule(["get"], [""], ["pods"])], [rule(["get"], [""], ["pods"], ["a"])], true),
        ([rule(["get"], [""], ["pods"], ["a", "b"])], [rule(["get"], [""], ["pods"], ["b", "a"])], true),
        ([path("/apis/*")], [path("/apis/a")], true), ([path("/apis/a")], [path("/apis/*")], false),
        ([path("*")], [path("/apis/*")], true),
    ])
    func covers(_ held: [RBACRule], _ wanted: [RBACRule], _ isCovered: Bool) {
        #expect(RuleCover.covers(held, wanted) == isCovered)
    }

    @Test func theRefusalNamesWhatIsMissing() {
        let user = UserInfo(name: "x", groups: ["a", "b"])
        let wanted = [
            Self.rule(["get", "list"], [""], ["pods"]), Self.rule(["delete"], ["apps"], ["deployments"], ["d"]),
            RBACRule(verbs: ["get"], nonResourceURLs: ["/metrics"]),
        ]
        let text = EscalationCheck.refusal(
            of: user, holding: [Self.rule(["list"], ["apps"], ["deployments"])], granting: wanted)
        #expect(
            text == """
                user "x" (groups=["a" "b"]) is attempting to grant RBAC permissions not currently held:
                {APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}
                {APIGroups:["apps"], Resources:["deployments"], ResourceNames:["d"], Verbs:["delete"]}
                {NonResourceURLs:["/metrics"], Verbs:["get"]}
                """)
        #expect(EscalationCheck.refusal(of: user, holding: wanted, granting: wanted) == nil)
    }

    @Test func whatIsBrokenDownIsCoveredByTheWhole() {
        for role in BootstrapPolicy.roles {
            #expect(RuleCover.covers(role.rules, role.rules), "\(role.key.name)")
            #expect(RuleCover.covers(role.rules.flatMap(RuleCover.breakDown), role.rules), "\(role.key.name)")
        }
    }
}
