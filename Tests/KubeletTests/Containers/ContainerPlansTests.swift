import APIMachinery
import APITypes
import ContainerRuntime
import Kubelet
import Testing

@Suite("What containers are told")
struct ContainerPlansTests {
    @Test(
        "references are expanded as upstream does",
        arguments: [
            ("$(A)", "1"), ("$(A)-$(B)", "1-2"), ("$(C)", "$(C)"), ("$$(A)", "$(A)"), ("$$$(A)", "$1"), ("$A", "$A"),
            ("$(A", "$(A"), ("$", "$"), ("a$$b", "a$b"), ("$()", "$()"),
        ])
    func expansion(text: String, result: String) {
        #expect(VariableExpansion.expand(text) { ["A": "1", "B": "2"][$0] } == result)
    }

    @Test("services become variables in the form of docker links")
    func serviceVariables() {
        var service = Service()
        service.metadata.name = "my-redis"
        service.metadata.namespace = "default"
        service.spec.clusterIP = "10.0.0.7"
        var port = ServicePort()
        port.name = "main"
        port.port = 6379
        service.spec.ports = [port]
        var headless = service
        headless.spec.clusterIP = "None"
        headless.metadata.name = "headless"
        let variables = ServiceEnvironment.variables([service, headless], namespace: "default", enableLinks: true)
        #expect(
            variables == [
                "MY_REDIS_SERVICE_HOST": "10.0.0.7", "MY_REDIS_SERVICE_PORT": "6379",
                "MY_REDIS_SERVICE_PORT_MAIN": "6379", "MY_REDIS_PORT": "tcp://10.0.0.7:6379",
                "MY_REDIS_PORT_6379_TCP": "tcp://10.0.0.7:6379", "MY_REDIS_PORT_6379_TCP_PROTO": "tcp",
                "MY_REDIS_PORT_6379_TCP_PORT": "6379", "MY_REDIS_PORT_6379_TCP_ADDR": "10.0.0.7",
            ])
        #expect(ServiceEnvironment.variables([service], namespace: "default", enableLinks: false).isEmpty)
        #expect(ServiceEnvironment.variables([service], namespace: "other", enableLinks: true).isEmpty)
    }

    @Test("runAsNonRoot is refused in upstream's words")
    func nonRoot() throws {
        let container = Container.sample {
            var security = SecurityContext()
            security.runAsNonRoot = true
            $0.securityContext = security
        }
        let pod = Pod.sample(containers: [container])
        let root = RuntimeImage(id: "i", tags: [], uid: 0)
        let named = RuntimeImage(id: "i", tags: [], userName: "web")
        let fine = RuntimeImage(id: "i", tags: [], uid: 5)
        let suffix = "(pod: \"web_default(uid-web)\", container: main)"
        #expect(throws: ContainerConfigFailure("container has runAsNonRoot and image will run as root \(suffix)")) {
            try SecurityPlan.security(container, in: pod, image: root)
        }
        #expect(
            throws: ContainerConfigFailure(
                "container has runAsNonRoot and image has non-numeric user (web), "
                    + "cannot verify user is non-root \(suffix)"
            )
        ) { try SecurityPlan.security(container, in: pod, image: named) }
        #expect(try SecurityPlan.security(container, in: pod, image: fine).runAsUser == 5)
    }

    @Test("requests and limits become shares and quota")
    func resources() {
        let container = Container.sample {
            $0.resources.requests = ["cpu": .milli(250), "memory": .units(100)]
            $0.resources.limits = ["cpu": .milli(500), "memory": .units(1 << 20)]
        }
        let resources = ResourcePlan.resources(container, in: .sample(containers: [container]), memoryCapacity: 1000)
        #expect(resources.cpuShares == 256)
        #expect(resources.cpuQuotaMicros == 50_000)
        #expect(resources.memoryLimitBytes == 1 << 20)
        #expect(resources.oomScoreAdjust == 900)
    }

    @Test("the dns policy decides whose resolvers a pod asks")
    func dns() {
        let host = ResolverConfiguration(parsing: "nameserver 1.1.1.1\nsearch example.com\noptions timeout:2\n")
        func dns(_ change: (inout Pod) -> Void) -> SandboxDNS {
            PodDNSPlan.dns(
                .sample("web", change), host: host, clusterDNS: ["10.96.0.10"], clusterDomain: "cluster.local")
        }
        let cluster = SandboxDNS(
            servers: ["10.96.0.10"],
            searches: ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.com"],
            options: ["ndots:5"])
        let machine = SandboxDNS(servers: ["1.1.1.1"], searches: ["example.com"], options: ["timeout:2"])
        #expect(dns { _ in } == cluster)
        #expect(dns { $0.spec.hostNetwork = true } == machine)
        #expect(dns { $0.spec.dnsPolicy = "Default" } == machine)
        let both = dns {
            $0.spec.hostNetwork = true
            $0.spec.dnsPolicy = "ClusterFirstWithHostNet"
        }
        #expect(both == cluster)
        let own = dns {
            $0.spec.dnsPolicy = "None"
            var config = PodDNSConfig()
            config.nameservers = ["9.9.9.9"]
            $0.spec.dnsConfig = config
        }
        #expect(own == SandboxDNS(servers: ["9.9.9.9"]))
    }

    @Test(
        "names of images are completed or refused",
        arguments: [
            ("nginx", "nginx:latest"), ("nginx:1", "nginx:1"), ("a.b:5000/x/y", "a.b:5000/x/y:latest"), ("UPPER", nil),
            ("", nil), ("x:", nil), ("-x", nil),
        ] as [(String, String?)])
    func imageNames(text: String, pullName: String?) {
        #expect(ImageReference(text)?.pullName == pullName)
    }

    @Test("pull secrets are tried from the most particular location on")
    func keyring() throws {
        var secret = Secret()
        secret.type = "kubernetes.io/dockerconfigjson"
        secret.data[".dockerconfigjson"] = Array(
            (#"{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"},"#
                + #""*.example.com/team":{"username":"t"},"r.example.com":{"username":"r"}}}"#)
                .utf8)
        let ring = RegistryKeyring([secret])
        let image = try #require(ImageReference("r.example.com/team/app"))
        #expect(ring.credentials(for: image).map(\.username) == ["t", "r"])
        #expect(ring.credentials(for: try #require(ImageReference("nginx"))).map(\.password) == ["p"])
        #expect(ring.credentials(for: try #require(ImageReference("other.com/x"))).isEmpty)
    }

    @Test("classes of service follow requests and limits")
    func quality() {
        func quality(_ requests: [String: Quantity], _ limits: [String: Quantity]) -> QualityOfService {
            QualityOfService(
                .sample(containers: [
                    .sample {
                        $0.resources.requests = requests
                        $0.resources.limits = limits
                    }
                ]))
        }
        let both: [String: Quantity] = ["cpu": .units(1), "memory": .units(1)]
        #expect(quality([:], [:]) == .bestEffort)
        #expect(quality(both, both) == .guaranteed)
        #expect(quality([:], both) == .guaranteed)
        #expect(quality(["cpu": .units(1)], [:]) == .burstable)
        #expect(quality(["cpu": .milli(1), "memory": .units(1)], both) == .burstable)
    }
}
