import APIMachinery
import KubeAPIServer
import Testing

@Suite("APIServiceRegistrationPlan")
struct APIServiceRegistrationPlanTests {
    static let apps = GroupVersion(group: "apps", version: "v1")
    static let custom = GroupVersion(group: "example.com", version: "v1")

    /// - managed: the label's value; `nil` for an object of somebody else.
    static func object(_ version: GroupVersion, managed: String?, priority: Int64) -> Value {
        var metadata: Value = ["name": .string("\(version.version).\(version.group)"), "uid": "1"]
        if let managed { metadata["labels"] = ["kube-aggregator.kubernetes.io/automanaged": .string(managed)] }
        return [
            "metadata": metadata,
            "spec": [
                "group": .string(version.group), "version": .string(version.version),
                "groupPriorityMinimum": .integer(priority), "versionPriority": 15,
            ],
        ]
    }

    func names(_ actions: [APIServiceRegistrationPlan.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .create(let object): "create " + (object[path: "metadata", "name"]?.stringValue ?? "")
            case .update(let object): "update " + (object[path: "metadata", "name"]?.stringValue ?? "")
            case .delete(let name, _): "delete " + name
            }
        }
    }

    @Test("at the start every group version gets its APIService, but for those without a priority")
    func start() {
        let metrics = GroupVersion(group: "metrics.k8s.io", version: "v1beta1")
        let actions = APIServiceRegistrationPlan.decide(
            builtin: [Self.apps, metrics], custom: [Self.custom], existing: [], isStart: true)
        #expect(names(actions) == ["create v1.apps", "create v1.example.com"])
    }

    @Test("what is not managed stays as it is, whatever it says")
    func foreign() {
        let mine = Self.object(Self.custom, managed: nil, priority: 7)
        let actions = APIServiceRegistrationPlan.decide(builtin: [], custom: [Self.custom], existing: [mine], isStart: true)
        #expect(actions.isEmpty)
    }

    @Test("built-in ones are set right at the start only, those of custom resources always")
    func changed() {
        let existing = [
            Self.object(Self.apps, managed: "onstart", priority: 7),
            Self.object(Self.custom, managed: "true", priority: 7),
        ]
        func decide(isStart: Bool) -> [String] {
            names(
                APIServiceRegistrationPlan.decide(
                    builtin: [Self.apps], custom: [Self.custom], existing: existing, isStart: isStart))
        }
        #expect(decide(isStart: true) == ["update v1.apps", "update v1.example.com"])
        #expect(decide(isStart: false) == ["update v1.example.com"])
    }

    @Test("what is served no longer loses its APIService")
    func gone() {
        let existing = [Self.object(Self.custom, managed: "true", priority: 1000)]
        let actions = APIServiceRegistrationPlan.decide(builtin: [], custom: [], existing: existing, isStart: false)
        #expect(actions == [.delete(name: "v1.example.com", uid: "1")])
    }
}
