import APIMachinery
import APITypes
import Kubelet
import Testing

@Suite("Which pods a node takes")
struct PodAdmissionTests {
    private static func pod(
        _ sysctls: [String] = [], request: Int64 = 0, _ change: (inout Pod) -> Void = { _ in }
    ) -> Pod {
        var pod = Pod.sample()
        if request > 0 { pod.spec.containers[0].resources.requests["memory"] = .units(request) }
        pod.spec.securityContext = PodSecurityContext()
        pod.spec.securityContext?.sysctls = sysctls.map {
            var sysctl = Sysctl()
            sysctl.name = $0
            sysctl.value = "1"
            return sysctl
        }
        change(&pod)
        return pod
    }

    private static func refusal(_ pod: Pod, pressures: [String] = [], allowed: [String] = []) -> PodAdmission.Refusal? {
        PodAdmission(labels: [:], allocatable: ["memory": .units(1000)], pressures: pressures, unsafeSysctls: allowed)
            .refusal(pod, beside: [])
    }

    @Test("sysctls must be safe or allowed, and the pod's own", arguments: [
        ("net.ipv4.tcp_syncookies", [], false, nil), ("kernel.msgmax", [], false, "not allowlisted"),
        ("kernel.msgmax", ["kernel.msg*"], false, nil), ("kernel/msgmax", ["kernel.msgmax"], false, nil),
        ("net.ipv4.tcp_syncookies", [], true, "not allowed with host net enabled"),
    ] as [(String, [String], Bool, String?)])
    func sysctls(name: String, allowed: [String], hostNetwork: Bool, why: String?) {
        let refusal = Self.refusal(Self.pod([name]) { $0.spec.hostNetwork = hostNetwork }, allowed: allowed)
        #expect(refusal?.reason == (why == nil ? nil : "SysctlForbidden"))
        if let why { #expect(refusal?.message.hasSuffix(why) == true) }
    }

    @Test("short of memory, a node takes who has asked for some; short of disk, nobody but the critical")
    func pressure() {
        let greedy = Self.pod()
        let modest = Self.pod(request: 10)
        let critical = Self.pod { $0.spec.priority = 2_000_000_000 }
        let tolerant = Self.pod {
            var toleration = Toleration()
            toleration.key = "node.kubernetes.io/memory-pressure"
            toleration.operator = "Exists"
            $0.spec.tolerations = [toleration]
        }
        let refusal = Self.refusal(greedy, pressures: ["MemoryPressure"])
        #expect(refusal?.message == "The node had condition: [MemoryPressure]. ")
        for pod in [modest, critical, tolerant] { #expect(Self.refusal(pod, pressures: ["MemoryPressure"]) == nil) }
        for pod in [greedy, modest, tolerant] {
            #expect(Self.refusal(pod, pressures: ["DiskPressure"])?.reason == "Evicted")
        }
        #expect(Self.refusal(critical, pressures: ["DiskPressure"]) == nil)
        #expect(Self.refusal(Self.pod(request: 2000))?.reason == "OutOfmemory")
    }

    @Test func theMessageSaysHowLittleWasLeft() {
        let signals = EvictionPlan.Signals(memoryAvailableBytes: 50 << 20, diskAvailablePercent: 3)
        let thresholds = EvictionPlan.Thresholds(memoryAvailableBytes: 100 << 20, diskAvailablePercent: 10)
        #expect(
            EvictionPlan.message(.memory, signals, thresholds)
                == "The node was low on resource: memory. Threshold quantity: 102400Ki, available: 51200Ki. ")
        #expect(
            EvictionPlan.message(.disk, signals, thresholds)
                == "The node was low on resource: ephemeral-storage. Threshold quantity: 10%, available: 3%. ")
    }
}
