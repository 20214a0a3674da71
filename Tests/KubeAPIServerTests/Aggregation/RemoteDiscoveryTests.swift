import APIMachinery
import KubeAPIServer
import Testing

@Suite("Discovery of extension API servers")
struct RemoteDiscoveryTests {
    let version = GroupVersion(group: "example.com", version: "v1")

    @Test("a list of resources reads like the newer documents, subresources in their place")
    func list() throws {
        let resources = try #require(
            RemoteDiscovery.resources(
                ofList: [
                    "kind": "APIResourceList",
                    "resources": [
                        [
                            "name": "notes", "singularName": "note", "namespaced": true, "kind": "Note",
                            "verbs": ["get"], "shortNames": ["nt"],
                        ],
                        ["name": "notes/status", "namespaced": true, "kind": "Note", "verbs": ["patch"]],
                    ],
                ], version))
        let kind: Value = ["group": "example.com", "version": "v1", "kind": "Note"]
        #expect(
            resources == [
                [
                    "resource": "notes", "singularResource": "note", "scope": "Namespaced", "responseKind": kind,
                    "verbs": ["get"], "shortNames": ["nt"],
                    "subresources": [["subresource": "status", "responseKind": kind, "verbs": ["patch"]]],
                ]
            ])
    }

    @Test("another document says nothing, and one without the version that there is nothing")
    func others() {
        #expect(RemoteDiscovery.resources(["kind": "APIGroupList"], of: version) == nil)
        #expect(RemoteDiscovery.resources(["kind": "APIGroupDiscoveryList", "items": []], of: version) == [])
    }

    @Test("groups and versions come by their priorities, then by name")
    func merges() {
        func remote(_ group: String, _ version: String, isStale: Bool = false) -> RemoteVersion {
            RemoteVersion(GroupVersion(group: group, version: version), isStale: isStale)
        }
        let priorities: [String: APIServicePriority] = [
            "b.com/v1": APIServicePriority(group: 10, version: 1), "b.com/v2": APIServicePriority(group: 30, version: 5),
            "a.com/v1": APIServicePriority(group: 20, version: 1), "c.com/v1": APIServicePriority(group: 20, version: 1),
            "b.com/v3beta1": APIServicePriority(group: 10, version: 5),
        ]
        let remotes = [
            remote("c.com", "v1"), remote("b.com", "v1"), remote("a.com", "v1"), remote("b.com", "v2"),
            remote("b.com", "v3beta1", isStale: true),
        ]
        let listing = GroupListing([], remotes: remotes) { priorities[$0.description] ?? .custom }
        #expect(
            listing.groups.map { "\($0.name) " + $0.versions.map(\.name.version).joined(separator: " ") }
                == ["b.com v2 v3beta1 v1", "a.com v1", "c.com v1"])
        #expect(listing.groups.first?.versions.map { $0.remote?.isStale } == [false, true, false])
    }
}
