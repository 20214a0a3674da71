import APIMachinery
import APIRules
import Testing

@Suite("Rules of pods")
struct PodRulesTests {
    /// A valid pod with fields of its spec and its container replaced.
    private func pod(spec: String = "{}", container: String = "{}") throws -> Value {
        var item = try Value(json: #"{"name":"c","image":"nginx:1"}"#)
        for field in try #require(try Value(json: container).objectValue) { item[field.name] = field.value }
        var pod: Value = ["metadata": ["name": "p", "namespace": "n"], "spec": ["containers": [item]]]
        for field in try #require(try Value(json: spec).objectValue) { pod[path: "spec", field.name] = field.value }
        pod.modifyFields(PodDefaults.apply)
        return pod
    }

    private func faults(spec: String = "{}", container: String = "{}") throws -> [String] {
        PodRules.check(try pod(spec: spec, container: container)).map(\.description)
    }

    @Test("a plain pod has no faults")
    func plain() throws {
        #expect(try faults() == [])
    }

    @Test(
        "a broken container is named in upstream's words",
        arguments: [
            (#"{"name":""}"#, "spec.containers[0].name: Required value"),
            (#"{"image":""}"#, "spec.containers[0].image: Required value"),
            (
                #"{"image":" x"}"#,
                "spec.containers[0].image: Invalid value: \" x\": must not have leading or trailing whitespace"
            ),
            (
                #"{"ports":[{"containerPort":0}]}"#,
                "spec.containers[0].ports[0].containerPort: Required value"
            ),
            (
                #"{"ports":[{"containerPort":70000}]}"#,
                "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"
            ),
            (
                #"{"ports":[{"containerPort":1,"protocol":"X"}]}"#,
                "spec.containers[0].ports[0].protocol: Unsupported value: \"X\": supported values: \"SCTP\", \"TCP\", \"UDP\""
            ),
            (#"{"env":[{"value":"x"}]}"#, "spec.containers[0].env[0].name: Required value"),
            (
                #"{"env":[{"name":"A","value":"x","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]}"#,
                "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"
            ),
            (
                #"{"volumeMounts":[{"name":"v","mountPath":"/x"}]}"#,
                "spec.containers[0].volumeMounts[0].name: Not found: \"v\""
            ),
            (
                #"{"resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}}}"#,
                "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"
            ),
            (
                #"{"resources":{"requests":{"memory":"-1"}}}"#,
                "spec.containers[0].resources.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0"
            ),
            (
                #"{"resources":{"requests":{"a.b/c":"1"}}}"#,
                "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources"
            ),
            (#"{"livenessProbe":{}}"#, "spec.containers[0].livenessProbe: Required value: must specify a handler type"),
            (
                #"{"livenessProbe":{"exec":{"command":["x"]},"successThreshold":2}}"#,
                "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"
            ),
            (
                #"{"securityContext":{"runAsUser":-1}}"#,
                "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"
            ),
        ])
    func containers(container: String, expected: String) throws {
        #expect(try faults(container: container) == [expected])
    }

    @Test(
        "a broken spec is named in upstream's words",
        arguments: [
            (#"{"containers":[]}"#, "spec.containers: Required value"),
            (
                #"{"restartPolicy":"X"}"#,
                "spec.restartPolicy: Unsupported value: \"X\": supported values: \"Always\", \"OnFailure\", \"Never\""
            ),
            (#"{"volumes":[{"name":"v"},{"name":"v"}]}"#, "spec.volumes[1].name: Duplicate value: \"v\""),
            (
                #"{"volumes":[{"name":"v","emptyDir":{},"hostPath":{"path":"/"}}]}"#,
                "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"
            ),
            (#"{"volumes":[{"name":"v","configMap":{}}]}"#, "spec.volumes[0].configMap.name: Required value"),
            (
                #"{"tolerations":[{"operator":"Equal"}]}"#,
                "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\""
            ),
            (
                #"{"activeDeadlineSeconds":0}"#,
                "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"
            ),
            (
                #"{"dnsPolicy":"None"}"#,
                "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"
            ),
            (
                #"{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{}}}}"#,
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term"
            ),
            (
                #"{"topologySpreadConstraints":[{"maxSkew":0,"topologyKey":"k","whenUnsatisfiable":"DoNotSchedule"}]}"#,
                "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero"
            ),
            (
                #"{"initContainers":[{"name":"c","image":"x:1"}]}"#,
                "spec.initContainers[0].name: Duplicate value: \"c\""
            ),
            (
                #"{"ephemeralContainers":[{"name":"e","image":"x:1"}]}"#,
                "spec.ephemeralContainers: Forbidden: cannot be set on create"
            ),
        ])
    func specs(spec: String, expected: String) throws {
        #expect(try faults(spec: spec) == [expected])
    }

    @Test("what stays as it is was checked when it came")
    func unchanged() throws {
        let old = try pod(container: #"{"name":"Not a name"}"#)
        var new = old
        new[path: "metadata", "labels", "a"] = "b"
        #expect(PodRules.checkUpdate(new, from: old).isEmpty)
        new[path: "spec", "activeDeadlineSeconds"] = 5
        #expect(PodRules.checkUpdate(new, from: old).first?.field == "spec.containers[0].name")
    }

    @Test("the image of a running pod may change, its name may not")
    func update() throws {
        let old = try pod()
        #expect(PodRules.checkUpdate(try pod(container: #"{"image":"nginx:2"}"#), from: old).isEmpty)
        let renamed = PodRules.checkUpdate(try pod(container: #"{"name":"d"}"#), from: old)
        #expect(
            renamed.first?.body.hasPrefix(
                "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
                    + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to"
                    + " existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was"
                    + " previously negative)\n") == true)
        #expect(renamed.first?.field == "spec")
    }
}
