import APIMachinery
import APIRegistry
import Determinism
import KubeAPIServer
import Testing

@Suite("Transcoder")
struct TranscoderTests {
    static let object: Value = [
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "settings"], "data": ["mode": "new"],
    ]
    static let place = "/registry/core/configmaps/default/settings"

    private func transcoder(
        _ form: WireForm? = nil, kind: GroupVersionKind? = nil, providers: EncryptionProviders? = nil,
        place: String? = place
    ) -> Transcoder {
        Transcoder(from: form, kind: kind, store: StoredValue(ownKey: nil, providers: providers, place: place))
    }

    @Test("what was written in any form is recognized and read", arguments: WireForm.allCases.filter { $0 != .store })
    func forms(_ form: WireForm) async throws {
        let bytes = try Transcoder.write([Self.object], as: form)
        #expect(WireForm.recognized(in: bytes) == form)
        #expect(try await transcoder().read(bytes) == [Self.object])
        #expect(try await transcoder(form).read(bytes) == [Self.object])
    }

    @Test("several objects are read from YAML and CBOR, and written")
    func several() async throws {
        let text = "kind: A\n---\nkind: B\n"
        let objects = try await transcoder().read(Array(text.utf8))
        #expect(objects == [["kind": "A"], ["kind": "B"]])
        #expect(try await transcoder().read(try Transcoder.write(objects, as: .cbor)) == objects)
        #expect(try Transcoder.write(objects, as: .json) == Array("{\"kind\":\"A\"}\n{\"kind\":\"B\"}\n".utf8))
        #expect(throws: TranscodeError("protobuf holds one object, and the input has 2")) {
            try Transcoder.write(objects, as: .protobuf)
        }
    }

    @Test("protobuf without its envelope needs its kind to be named")
    func bareProtobuf() async throws {
        let bytes = try Transcoder.write([Self.object], as: .protobuf, withEnvelope: false)
        let kind = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
        #expect(try await transcoder(kind: kind).read(bytes) == [Self.object])
        await #expect(
            throws: TranscodeError("protobuf without an envelope does not say its kind: name it with --kind")
        ) {
            try await transcoder(.protobuf).read(bytes)
        }
        await #expect(throws: TranscodeError("no kind \"Nothing\" is registered for version \"v1\"")) {
            try await transcoder(kind: GroupVersionKind(group: "", version: "v1", kind: "Nothing")).read(bytes)
        }
    }

    @Test("a value of the store is shown without what only the store needs")
    func stored() async throws {
        #expect(WireForm.recognized(in: StoredForm.encode(Self.object)) == .store)
        #expect(try await transcoder().read(StoredForm.encode(Self.object)) == [Self.object])
    }

    @Test("an encrypted value is opened with its key, at its place")
    func encrypted() async throws {
        let secret = Base64.encode(Array(repeating: 7, count: 32))
        let configuration = """
            {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": [{"resources":
            ["configmaps"], "providers": [{"aesgcm": {"keys": [{"name": "one", "secret": "\(secret)"}]}}]}]}
            """
        let providers = try EncryptionProviders(Array(configuration.utf8), path: "file")
        let transformer = ConfiguredTransformer(
            GroupResource(group: "", resource: "configmaps"), providers, former: PlainTransformer(),
            random: SystemRandomSource())
        let bytes = try transformer.seal(StoredForm.encode(Self.object), key: Self.place)
        #expect(WireForm.recognized(in: bytes) == .store)
        #expect(try await transcoder(providers: providers).read(bytes) == [Self.object])
        await #expect(throws: TranscodeError.self) {
            try await transcoder(providers: providers, place: "/other").read(bytes)
        }
        await #expect(
            throws: TranscodeError("the value is encrypted for its place in the store: name that with --key")
        ) { try await transcoder(providers: providers, place: nil).read(bytes) }
        await #expect(
            throws: TranscodeError("the value is encrypted (k8s:enc:aesgcm:v1:one): name the encryption "
                + "configuration")
        ) { try await transcoder().read(bytes) }
    }

    @Test(
        "what cannot be read is named",
        arguments: [
            ([], "the input is empty"), ([0xff, 0x00, 0x01], "the input is no JSON"),
            (Array("- a".utf8), "found array where"), (Array("k8s\u{0}".utf8) + [0xff], "error decoding protobuf"),
            ([0xd9, 0xd9, 0xf7, 0xa1], "error decoding cbor"),
            ([2, 1, 2, 3], "the value is encrypted with the server's own key"),
        ] as [([UInt8], String)])
    func refusals(_ bytes: [UInt8], _ beginning: String) async {
        await #expect { try await transcoder().read(bytes) } throws: { "\($0)".hasPrefix(beginning) }
    }
}
