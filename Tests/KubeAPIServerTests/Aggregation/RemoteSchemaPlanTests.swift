import APIMachinery
import KubeAPIServer
import Testing

@Suite("RemoteSchemaPlan")
struct RemoteSchemaPlanTests {
    static func reference(_ name: String) -> Value { ["$ref": .string("#/definitions/\(name)")] }

    static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

    let document: Value = [
        "paths": [
            "/apis/example.com/v1/notes": ["get": ["schema": reference("Note")]],
            "/apis/example.com/v10/notes": ["get": ["schema": reference("Other")]], "/healthz": [:],
        ],
        "definitions": [
            "Note": ["properties": ["metadata": reference(meta), "parts": ["items": reference("Part")]]],
            "Part": ["properties": ["whole": reference("Note")]], "Other": ["type": "object"],
            meta: ["description": "theirs"],
        ],
    ]

    func decide(taken: Set<String>) -> RemoteSchemaPlan.Contribution {
        RemoteSchemaPlan.decide(document, GroupVersion(group: "example.com", version: "v1"), taken: taken)
    }

    @Test("only the group version's paths come over, and what they speak of")
    func prunes() {
        let added = decide(taken: [])
        #expect(added.paths.map(\.path) == ["/apis/example.com/v1/notes"])
        #expect(added.definitions.map(\.name) == ["Note", "Part", Self.meta].sorted())
    }

    @Test("a library's definition stays ours, and another of a name that is taken gets a number")
    func renames() {
        let added = decide(taken: [Self.meta, "Note", "Note_v2"])
        #expect(added.definitions.map(\.name) == ["Note_v3", "Part"])
        #expect(added.paths.first?.item == ["get": ["schema": Self.reference("Note_v3")]])
        #expect(added.definitions.last?.schema == ["properties": ["whole": Self.reference("Note_v3")]])
        #expect(added.definitions.first?.schema[path: "properties", "metadata"] == Self.reference(Self.meta))
    }
}
