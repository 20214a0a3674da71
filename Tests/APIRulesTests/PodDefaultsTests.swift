import APIMachinery
import APIRules
import Testing

@Suite("Defaults of pods")
struct PodDefaultsTests {
    private func defaulted(_ json: String) throws -> Value {
        var pod = try Value(json: Array(json.utf8))
        pod.modifyFields(PodDefaults.apply)
        let once = pod
        pod.modifyFields(PodDefaults.apply)
        #expect(pod == once, "defaulting twice changes nothing")
        return pod
    }

    @Test("a pod of one container gets what upstream gives it")
    func smallest() throws {
        let pod = try defaulted(#"{"spec":{"containers":[{"name":"c","image":"nginx:1.25"}]}}"#)
        let expected = try Value(
            json: Array(
                #"""
                {"spec":{"containers":[{"name":"c","image":"nginx:1.25","imagePullPolicy":"IfNotPresent","resources":{},
                "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],
                "dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler",
                "securityContext":{},"terminationGracePeriodSeconds":30,"enableServiceLinks":true}}
                """#.utf8))
        #expect(pod == expected)
    }

    @Test(
        "the pull policy follows the tag",
        arguments: [
            ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1", "IfNotPresent"),
            ("host:5000/nginx", "Always"), ("host:5000/nginx:2", "IfNotPresent"), ("", "IfNotPresent"),
            ("nginx@sha256:ab", "IfNotPresent"), ("nginx:latest@sha256:ab", "Always"),
        ])
    func pullPolicy(image: String, policy: String) throws {
        let pod = try defaulted(#"{"spec":{"containers":[{"image":"\#(image)"}]}}"#)
        #expect(pod[path: "spec", "containers"]?.arrayValue?[0]["imagePullPolicy"]?.stringValue == policy)
    }

    @Test("limits stand in for requests, container ports for host ports, and probes know their pace")
    func containers() throws {
        let pod = try defaulted(
            #"""
            {"spec":{"hostNetwork":true,"serviceAccount":"a","containers":[{"name":"c","image":"x:1",
            "ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"500m"}},
            "livenessProbe":{"httpGet":{"port":80}},"env":[{"name":"N","valueFrom":{"fieldRef":{"fieldPath":"x"}}}]}]}}
            """#)
        let container = try #require(pod[path: "spec", "containers"]?.arrayValue?.first)
        #expect(container[path: "resources", "requests"] == ["cpu": "500m", "memory": "1Gi"])
        #expect(container["ports"] == [["containerPort": 80, "hostPort": 80, "protocol": "TCP"]])
        #expect(
            container["livenessProbe"] == [
                "failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1,
                "httpGet": ["path": "/", "port": 80, "scheme": "HTTP"],
            ])
        #expect(container["env"]?.arrayValue?[0]["valueFrom"]?["fieldRef"]?["apiVersion"] == "v1")
        #expect(pod[path: "spec", "serviceAccountName"] == "a")
    }

    @Test(
        "volumes get their source's defaults",
        arguments: [
            (#"{}"#, #"{"emptyDir":{}}"#),
            (#"{"configMap":{"name":"c"}}"#, #"{"configMap":{"name":"c","defaultMode":420}}"#),
            (#"{"hostPath":{"path":"/"}}"#, #"{"hostPath":{"path":"/","type":""}}"#),
            (
                #"{"projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}"#,
                #"{"projected":{"defaultMode":420,"sources":[{"serviceAccountToken":{"path":"t","expirationSeconds":3600}}]}}"#
            ),
        ])
    func volumes(sent: String, expected: String) throws {
        let pod = try defaulted(#"{"spec":{"volumes":[\#(sent)]}}"#)
        #expect(pod[path: "spec", "volumes"] == .array([try Value(json: Array(expected.utf8))]))
    }

    @Test(
        "the quality of service follows requests and limits",
        arguments: [
            (#"{}"#, "BestEffort"), (#"{"requests":{"cpu":"1"}}"#, "Burstable"),
            (#"{"requests":{"cpu":"1","memory":"1"},"limits":{"cpu":"1","memory":"1"}}"#, "Guaranteed"),
            (#"{"requests":{"cpu":"1","memory":"1"},"limits":{"cpu":"2","memory":"1"}}"#, "Burstable"),
            (#"{"limits":{"example.com/gpu":"1"}}"#, "BestEffort"),
        ])
    func quality(resources: String, expected: String) throws {
        let spec = try Value(json: Array(#"{"containers":[{"resources":\#(resources)}]}"#.utf8))
        #expect(PodQuality.qosClass(of: try #require(spec.objectValue)) == expected)
    }
}
