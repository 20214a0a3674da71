import APIMachinery
import APIRules
import Testing

@Suite("Defaults of workloads and services")
struct WorkloadDefaultsTests {
    typealias Rule = @Sendable (inout Fields) -> Void

    static let cases: [(String, Rule, String, String)] = [
        (
            "Deployment", WorkloadDefaults.deployment, "{}",
            #"""
            {"spec":{"replicas":1,"revisionHistoryLimit":10,"progressDeadlineSeconds":600,
            "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}}}}
            """#
        ),
        (
            "Deployment that recreates", WorkloadDefaults.deployment,
            #"{"spec":{"replicas":0,"strategy":{"type":"Recreate"}}}"#,
            #"""
            {"spec":{"replicas":0,"revisionHistoryLimit":10,"progressDeadlineSeconds":600,
            "strategy":{"type":"Recreate"}}}
            """#
        ),
        (
            "StatefulSet", WorkloadDefaults.statefulSet, "{}",
            #"""
            {"spec":{"replicas":1,"revisionHistoryLimit":10,"podManagementPolicy":"OrderedReady",
            "persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"},
            "updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}}}}
            """#
        ),
        (
            "Job", WorkloadDefaults.job, "{}",
            #"""
            {"spec":{"completions":1,"parallelism":1,"backoffLimit":6,"completionMode":"NonIndexed",
            "manualSelector":false,"podReplacementPolicy":"TerminatingOrFailed","suspend":false}}
            """#
        ),
        (
            "Job of many completions", WorkloadDefaults.job, #"{"spec":{"parallelism":3}}"#,
            #"""
            {"spec":{"parallelism":3,"backoffLimit":6,"completionMode":"NonIndexed",
            "manualSelector":false,"podReplacementPolicy":"TerminatingOrFailed","suspend":false}}
            """#
        ),
        (
            "Service", ServiceDefaults.apply, #"{"spec":{"ports":[{"port":80}]}}"#,
            #"""
            {"spec":{"type":"ClusterIP","sessionAffinity":"None","internalTrafficPolicy":"Cluster",
            "ports":[{"port":80,"protocol":"TCP","targetPort":80}]}}
            """#
        ),
        (
            "Service behind a load balancer", ServiceDefaults.apply,
            #"{"spec":{"type":"LoadBalancer","sessionAffinity":"ClientIP"}}"#,
            #"""
            {"spec":{"type":"LoadBalancer","sessionAffinity":"ClientIP","internalTrafficPolicy":"Cluster",
            "sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}},"externalTrafficPolicy":"Cluster",
            "allocateLoadBalancerNodePorts":true}}
            """#
        ),
        (
            "Secret", CoreDefaults.secret, #"{"data":{"a":"QQ=="},"stringData":{"b":"B"}}"#,
            #"{"type":"Opaque","data":{"a":"QQ==","b":"Qg=="}}"#
        ),
        (
            "NetworkPolicy", GroupDefaults.networkPolicy, #"{"spec":{"egress":[{"ports":[{"port":1}]}]}}"#,
            #"{"spec":{"policyTypes":["Ingress","Egress"],"egress":[{"ports":[{"port":1,"protocol":"TCP"}]}]}}"#
        ),
        (
            "LimitRange", CoreDefaults.limitRange, #"{"spec":{"limits":[{"type":"Container","max":{"cpu":"2"}}]}}"#,
            #"""
            {"spec":{"limits":[{"type":"Container","max":{"cpu":"2"},"default":{"cpu":"2"},
            "defaultRequest":{"cpu":"2"}}]}}
            """#
        ),
    ]

    @Test("every kind gets upstream's defaults", arguments: cases)
    func defaults(name: String, rule: Rule, sent: String, expected: String) throws {
        var object = try Value(json: Array(sent.utf8))
        object.modifyFields(rule)
        let wanted = try Value(json: Array(expected.utf8))
        #expect(object == wanted)
        object.modifyFields(rule)
        #expect(object == wanted)
    }
}
