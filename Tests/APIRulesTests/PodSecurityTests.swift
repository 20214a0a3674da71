import APIMachinery
import APIRules
import Testing

@Suite("Pod security")
struct PodSecurityTests {
    /// A pod with one container `c`, to whose spec and container something is added.
    private static func pod(_ spec: String = "", container: String = "", annotations: String = "") throws -> Value {
        func more(_ text: String) -> String { text.isEmpty ? "" : ",\(text)" }
        let containers = #""containers":[{"name":"c"\#(more(container))}]"#
        let text = #"{"metadata":{"annotations":{\#(annotations)}},"spec":{\#(containers)\#(more(spec))}}"#
        return try Value(json: Array(text.utf8))
    }

    private static func details(
        _ pod: Value, _ level: PodSecurityLevel, _ version: String = "latest"
    ) throws -> String {
        let version = try #require(PodSecurityVersion(version))
        return PodSecurityChecks.details(PodSecurityChecks.violations(of: pod, PodSecurityDemand(level, version)))
    }

    private static func context(_ text: String) -> String { #""securityContext":{\#(text)}"# }

    /// What a container and its pod say to be let through the restricted level.
    private static let modest = #"""
        "allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"runAsNonRoot":true,
        "seccompProfile":{"type":"RuntimeDefault"}
        """#

    static let baseline: [(spec: String, container: String, detail: String)] = [
        ("", "", ""),
        (#""hostNetwork":true,"hostIPC":true"#, "", "host namespaces (hostNetwork=true, hostIPC=true)"),
        (
            "", context(#""privileged":true"#),
            "privileged (container \"c\" must not set securityContext.privileged=true)"
        ),
        (
            "", context(#""capabilities":{"add":["NET_RAW","CHOWN","BPF"]}"#),
            "non-default capabilities (container \"c\" must not include \"BPF\", \"NET_RAW\" in "
                + "securityContext.capabilities.add)"
        ),
        (
            #""volumes":[{"name":"a","hostPath":{"path":"/"}},{"name":"b","emptyDir":{}}]"#, "",
            "hostPath volumes (volume \"a\")"
        ),
        (
            "", #""ports":[{"hostPort":80},{"hostPort":9},{"containerPort":1}]"#,
            "hostPort (container \"c\" uses hostPorts 80, 9)"
        ),
        (
            "", #""livenessProbe":{"httpGet":{"host":"a"}},"lifecycle":{"preStop":{"tcpSocket":{"host":"b"}}}"#,
            "probe or lifecycle host (container \"c\" uses probe or lifecycle hosts \"a\", \"b\")"
        ),
        (
            "", context(#""procMount":"Unmasked""#),
            "procMount (container \"c\" must not set securityContext.procMount to \"Unmasked\")"
        ),
        (#""hostUsers":false"#, context(#""procMount":"Unmasked""#), ""),
        (
            context(#""seLinuxOptions":{"type":"x","user":"y"}"#), context(#""seLinuxOptions":{"role":"z"}"#),
            "seLinuxOptions (pod and container \"c\" set forbidden securityContext.seLinuxOptions: type \"x\"; "
                + "user may not be set; role may not be set)"
        ),
        (
            context(#""seccompProfile":{"type":"Unconfined"}"#), "",
            "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")"
        ),
        (
            context(#""sysctls":[{"name":"kernel.shm_rmid_forced"},{"name":"a.b"},{"name":"net.ipv4.tcp_rmem"}]"#), "",
            "forbidden sysctls (a.b)"
        ),
        (
            context(#""windowsOptions":{"hostProcess":true}"#), "",
            "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)"
        ),
        (
            context(#""appArmorProfile":{"type":"Unconfined"}"#), "",
            "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")"
        ),
    ]

    @Test("the baseline level is for pods that are not meant to run the node", arguments: baseline)
    func checksBaseline(_ spec: String, _ container: String, _ detail: String) throws {
        #expect(try Self.details(try Self.pod(spec, container: container), .baseline) == detail)
    }

    static let restricted: [(spec: String, container: String, detail: String)] = [
        ("", context(modest), ""),
        (
            "", "",
            "allowPrivilegeEscalation != false (container \"c\" must set "
                + "securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\" must "
                + "set securityContext.capabilities.drop=[\"ALL\"]), "
                + "runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), "
                + "seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to "
                + "\"RuntimeDefault\" or \"Localhost\")"
        ),
        (
            #""volumes":[{"name":"a","hostPath":{}},{"name":"b","nfs":{}},{"name":"d","secret":{}}]"#, context(modest),
            "restricted volume types (volumes \"a\", \"b\" use restricted volume types \"hostPath\", \"nfs\")"
        ),
        (
            context(#""runAsUser":0"#), context(modest + #","runAsUser":0"#),
            "runAsUser=0 (pod and container \"c\" must not set runAsUser=0)"
        ),
        (
            context(#""runAsNonRoot":true"#),
            context(modest.split(separator: "true").joined(separator: "false")),
            "runAsNonRoot != true (container \"c\" must not set securityContext.runAsNonRoot=false)"
        ),
        (
            "", context(modest.split(separator: #"["ALL"]"#).joined(separator: #"["ALL"],"add":["CHOWN"]"#)),
            "unrestricted capabilities (container \"c\" must not include \"CHOWN\" in securityContext.capabilities.add)"
        ),
        (
            #""os":{"name":"windows"}"#, context(#""runAsNonRoot":true"#), ""
        ),
        (#""hostUsers":false,"os":{"name":"windows"}"#, context(#""runAsUser":0"#), ""),
    ]

    @Test("the restricted level is for pods that give up what they do not need", arguments: restricted)
    func checksRestricted(_ spec: String, _ container: String, _ detail: String) throws {
        #expect(try Self.details(try Self.pod(spec, container: container), .restricted) == detail)
    }

    @Test("older releases ask for less, and look at annotations")
    func older() throws {
        let plain = try Self.pod()
        #expect(
            try Self.details(plain, .restricted, "v1.7")
                == "runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true)")
        let probing = try Self.pod(container: #""livenessProbe":{"httpGet":{"host":"a"}}"#)
        #expect(try Self.details(probing, .baseline, "v1.33").isEmpty)
        let annotated = try Self.pod(
            annotations: #"""
                "seccomp.security.alpha.kubernetes.io/pod":"unconfined",
                "container.apparmor.security.beta.kubernetes.io/c":"unconfined"
                """#)
        let armor =
            "forbidden AppArmor profile (annotation must not set AppArmor profile type to "
            + "\"container.apparmor.security.beta.kubernetes.io/c=\"unconfined\"\")"
        #expect(try Self.details(annotated, .baseline, "v1.19") == armor)
        #expect(
            try Self.details(annotated, .baseline, "v1.18")
                == armor + ", seccompProfile (forbidden annotation "
                + "seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")")
        let unmasked = try Self.pod(
            #""hostUsers":false"#, container: Self.context(Self.modest + #","procMount":"Unmasked""#))
        #expect(try Self.details(unmasked, .baseline, "v1.35").isEmpty)
        #expect(try Self.details(unmasked, .restricted, "v1.99").hasPrefix("procMount ("))
        #expect(try Self.details(unmasked, .privileged).isEmpty)
    }

    @Test("labels say what is asked; what cannot be read is asked strictly, and spoken of leniently")
    func labels() {
        func read(_ labels: [String: String]) -> (policy: PodSecurityPolicy, errors: [FieldError]) {
            let full = labels.map { (PodSecurityPolicy.labelPrefix + $0.key, $0.value) }
            return PodSecurityPolicy.read(Dictionary(uniqueKeysWithValues: full), defaults: PodSecurityPolicy())
        }
        #expect(read([:]).policy.asksNothing)
        let enforced = read(["enforce": "restricted", "enforce-version": "v1.30"]).policy
        #expect(enforced.enforce.description == "restricted:v1.30")
        #expect(enforced.warn == enforced.enforce, "who enforces also warns, of templates")
        #expect(enforced.audit.level == .privileged)
        #expect(read(["enforce": "baseline", "warn": "privileged"]).policy.warn.level == .privileged)
        let faulty = read(["enforce": "strict", "warn": "x", "audit-version": "v1.01"])
        #expect(faulty.policy.enforce.level == .restricted)
        #expect(faulty.policy.warn.level == .privileged)
        #expect(
            faulty.errors.map(\.description) == [
                "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": "
                    + "must be one of privileged, baseline, restricted",
                "metadata.labels[pod-security.kubernetes.io/audit-version]: Invalid value: \"v1.01\": "
                    + "must be \"latest\" or \"v1.x\"",
                "metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: \"x\": "
                    + "must be one of privileged, baseline, restricted",
            ])
    }
}
