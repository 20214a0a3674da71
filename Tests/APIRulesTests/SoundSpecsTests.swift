import APIMachinery
import APIRules
import Testing

@Suite("Specs without a fault")
struct SoundSpecsTests {
    private func spec(
        volume: String, mount: String? = nil, device: String = "d", other: String = "data"
    ) throws -> Value {
        try Value(
            json: """
                {"containers":[{"name":"c","image":"i","volumeDevices":[{"name":"\(device)","devicePath":"/d"}],
                "volumeMounts":[{"name":"\(mount ?? volume)","mountPath":"/var/run"}]}],
                "volumes":[{"name":"\(other)","emptyDir":{}},{"name":"\(volume)","projected":{"sources":[]}}]}
                """)
    }

    private func isHeld(_ later: Value, after first: Value) -> Bool {
        let specs = SoundSpecs()
        specs.keep(first)
        return specs.hold(later)
    }

    @Test("the volume with the token may have another name, wherever it stands")
    func anotherName() throws {
        let first = try spec(volume: "kube-api-access-aaaaa")
        #expect(isHeld(first, after: first))
        #expect(isHeld(try spec(volume: "kube-api-access-bbbbb"), after: first))
        #expect(!isHeld(try spec(volume: "kube-api-access-bbbbb", mount: "kube-api-access-aaaaa"), after: first))
        #expect(!isHeld(try spec(volume: "kube-api-access-bbbbb", device: "kube-api-access-bbbbb"), after: first))
        #expect(!isHeld(try spec(volume: "kube-api-access-bbbbb", other: "kube-api-access-bbbbb"), after: first))
        #expect(!isHeld(try spec(volume: "kube-api-access-BBBBB"), after: first))
    }

    @Test("any other difference counts")
    func differences() throws {
        let first = try spec(volume: "kube-api-access-aaaaa")
        #expect(!isHeld(try spec(volume: "token"), after: first))
        #expect(!isHeld(try spec(volume: "kube-api-access-bbbbb", other: "more"), after: first))
        var more = first
        more[path: "hostNetwork"] = true
        #expect(!isHeld(more, after: first))
        #expect(!isHeld(try spec(volume: "b"), after: try spec(volume: "a")))
        #expect(!isHeld(.null, after: .null))
    }

    @Test("what depends on the pod's own name is not kept, and of the others only so many")
    func bounds() throws {
        let ephemeral = try Value(json: #"{"volumes":[{"name":"v","ephemeral":{}}]}"#)
        #expect(!isHeld(ephemeral, after: ephemeral))
        let specs = SoundSpecs()
        for index in 0...SoundSpecs.keptMax { specs.keep(try spec(volume: "v\(index)")) }
        #expect(!specs.hold(try spec(volume: "v0")))
        #expect(specs.hold(try spec(volume: "v1")))
    }

    @Test("pods that look alike are all right or all wrong")
    func rules() throws {
        func pod(_ mount: String) throws -> Value {
            let sent = try spec(volume: "kube-api-access-aaaaa", mount: mount)
            var pod: Value = ["metadata": ["name": "p", "namespace": "n"], "spec": sent]
            pod[path: "spec", "containers"] = try Value(
                json: #"[{"name":"c","image":"i","volumeMounts":[{"name":"\#(mount)","mountPath":"/x"}]}]"#)
            pod.modifyFields(PodDefaults.apply)
            return pod
        }
        for _ in 1...2 {
            #expect(PodRules.check(try pod("data")) == [])
            #expect(PodRules.check(try pod("kube-api-access-aaaaa")) == [])
            #expect(
                PodRules.check(try pod("kube-api-access-bbbbb")).map(\.description)
                    == ["spec.containers[0].volumeMounts[0].name: Not found: \"kube-api-access-bbbbb\""])
        }
    }
}
