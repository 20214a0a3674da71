import APIMachinery
import APIRules
import Testing

@Suite("Rules of other kinds")
struct KindRulesTests {
    typealias Rule = @Sendable (Value) -> [FieldError]

    private static let template =
        #""template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"x:1"}]}}"#

    /// What is checked has its defaults, as on the way into the store.
    private static func deployment(_ object: Value) -> [FieldError] {
        var object = object
        object.modifyFields(WorkloadDefaults.deployment)
        return WorkloadRules.deployment(object)
    }

    private static func service(_ object: Value) -> [FieldError] {
        var object = object
        object.modifyFields(ServiceDefaults.apply)
        return ServiceRules.check(object)
    }

    private static func cronJob(_ object: Value) -> [FieldError] {
        var object = object
        object.modifyFields(WorkloadDefaults.cronJob)
        return CronJobRules.creation(object)
    }

    static let cases: [(Rule, String, [String])] = [
        (deployment, #"{"spec":{"selector":{"matchLabels":{"a":"b"}},\#(template)}}"#, []),
        (
            deployment, #"{"spec":{"selector":{"matchLabels":{"a":"c"}},\#(template)}}"#,
            ["spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`"]
        ),
        (
            deployment, #"{"spec":{\#(template)}}"#,
            [
                "spec.selector: Required value",
                "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: "
                    + "`selector` does not match template `labels`",
            ]
        ),
        (
            deployment, #"{"spec":{"replicas":-1,"selector":{"matchLabels":{"a":"b"}},\#(template)}}"#,
            ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]
        ),
        (
            cronJob,
            #"{"spec":{"schedule":"x","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"x:1"}]}}}}}}"#,
            ["spec.schedule: Invalid value: \"x\": expected exactly 5 fields, found 1: [x]"]
        ),
        (
            cronJob,
            #"{"spec":{"schedule":"*/5 * * jan mon-fri","jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"x:1"}]}}}}}}"#,
            ["spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""]
        ),
        (service, #"{"spec":{}}"#, ["spec.ports: Required value"]),
        (
            service, #"{"spec":{"ports":[{"port":0}]}}"#,
            [
                "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
            ]
        ),
        (
            service, #"{"spec":{"ports":[{"port":1,"nodePort":30000}]}}"#,
            ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]
        ),
        (
            service, #"{"spec":{"ports":[{"port":1},{"port":2}]}}"#,
            ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"]
        ),
        (
            DataRules.configMap, #"{"data":{"a b":"x"}}"#,
            [
                "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
            ]
        ),
        (DataRules.secret, #"{"type":"kubernetes.io/tls","data":{"tls.crt":""}}"#, ["data[tls.key]: Required value"]),
        (
            AccessRules.role, #"{"rules":[{"nonResourceURLs":["/"],"verbs":["get"]}]}"#,
            ["rules[0].nonResourceURLs: Invalid value: [\"/\"]: namespaced rules cannot apply to non-resource URLs"]
        ),
        (
            AccessRules.clusterRoleBinding,
            #"{"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"}}"#,
            ["roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\""]
        ),
        (
            ClaimRules.check, #"{"spec":{"resources":{}}}"#,
            [
                "spec.accessModes: Required value: at least 1 access mode is required",
                "spec.resources[storage]: Required value",
            ]
        ),
        (
            PolicyRules.disruptionBudget, #"{"spec":{"minAvailable":"200%"}}"#,
            ["spec.minAvailable: Invalid value: \"200%\": must not be greater than 100%"]
        ),
        (
            PolicyRules.priorityClass, #"{"metadata":{"name":"x"},"value":1000000001}"#,
            ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"]
        ),
        (
            IngressRules.creation, #"{"spec":{}}"#,
            ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]
        ),
        (
            EndpointSliceRules.creation, #"{"addressType":"IPv4","endpoints":[{"addresses":["127.0.0.1"]}]}"#,
            [
                "endpoints[0].addresses[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)"
            ]
        ),
    ]

    @Test("each kind's faults are named in upstream's words", arguments: cases)
    func faults(rule: Rule, json: String, expected: [String]) throws {
        #expect(rule(try Value(json: json)).map(\.description) == expected)
    }

    @Test("what may not change is refused")
    func immutable() throws {
        let old: Value = ["spec": ["selector": ["matchLabels": ["a": "b"]]]]
        let new: Value = ["spec": ["selector": ["matchLabels": ["a": "c"]]]]
        #expect(WorkloadRules.selectorUpdate(old, from: old).isEmpty)
        #expect(
            WorkloadRules.selectorUpdate(new, from: old).map(\.description) == [
                "spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"c\"}}: field is immutable"
            ])
        let frozen: Value = ["immutable": true, "data": ["a": "b"]]
        #expect(
            DataRules.configMapUpdate(["immutable": true, "data": ["a": "c"]], from: frozen).map(\.description) == [
                "data: Forbidden: field is immutable when `immutable` is set"
            ])
    }
}
