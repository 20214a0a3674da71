import APIMachinery
import Testing

/// Built-in objects as JSON and as protobuf. Made by this encoder when all of upstream's sample objects (v0.36.3)
/// passed both ways; a change here is a change of the wire.
@Suite("Golden protobuf")
struct ProtobufGoldenTests {
    static let goldens = [
        (
            #"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":
            "web"},
            "name":"web","namespace":"default"},"spec":{"containers":[{"env":[{"name":"A","valueFrom":
            {"configMapKeyRef":
            {"key":"k","name":"cm"}}}],"image":"nginx","livenessProbe":{"httpGet":{"path":"/","port":"http"},
            "periodSeconds":10},"name":"c","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"500m","memory":
            "1Gi"}}}],"terminationGracePeriodSeconds":0,"volumes":[{"emptyDir":{},"name":"v"}]},"status":{"phase":
            "Running","podIP":"10.0.0.1"}}
            """#,
            """
            azhzAAoJCgJ2MRIDUG9kEoQCCi4KA3dlYhIAGgdkZWZhdWx0IgAqADIAOABCCAiA8tbKBhAAWgoKA2FwcBIDd2ViEq0BCgkKAXYSBBICCgAS
            gQEKAWMSBW5naW54KgAyCgoAEAAYUCIAKgA6EgoBQRIAGgsaCQoECgJjbRIBa0IgCg0KA2NwdRIGCgQ1MDBtCg8KBm1lbW9yeRIFCgMxR2lS
            IQoVEhMKAS8SCggBEAAaBGh0dHAaACIAEAAYACAKKAAwAGoAcgCAAQCIAQCQAQCiAQAaACAAMgBCAEoAUgBYAGAAaACCAQCKAQCaAQDCAQAa
            IgoHUnVubmluZxoAIgAqADIIMTAuMC4wLjFKAFoAcgCIAQAaACIA
            """
        ),
        (
            #"""
            {"apiVersion":"v1","data":{"a":"AAEC","b":""},"kind":"Secret","metadata":{"name":"s"},"type":"Opaque"}
            """#,
            "azhzAAoMCgJ2MRIGU2VjcmV0EiwKEQoBcxIAGgAiACoAMgA4AEIAEggKAWESAwABAhIFCgFiEgAaBk9wYXF1ZRoAIgA="
        ),
        (
            #"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"generation":2,"name":"d"},"spec":{"replicas":0,
            "selector":{"matchLabels":{"a":"b"}},"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":1}},
            "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":null}}},"status":{}}
            """#,
            """
            azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EoYBChEKAWQSABoAIgAqADIAOAJCABJjCAASCAoGCgFhEgFiGjgKGAoAEgAaACIAKgAyADgA
            QgBaBgoBYRIBYhIcGgAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBACIXCgASEwoGCAAQARoAEgkIARAAGgMyNSUoADgAGgwIABAAGAAgACgA
            OAAaACIA
            """
        ),
        (
            #"""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":
            "foos.example.com"},"spec":{"group":"example.com","names":{"kind":"Foo","plural":"foos"},"scope":
            "Namespaced",
            "versions":[{"name":"v1","schema":{"openAPIV3Schema":{"properties":{"m":{"additionalProperties":{"type":
            "string"},"type":"object"},"n":{"additionalProperties":false,"type":"object"},"spec":{"items":{"default":2,
            "enum":[1.5,null],"minimum":1.5,"type":"number"},"type":"array"}},"type":"object"}},"served":true,
            "storage":true}]},"status":{"acceptedNames":{"kind":"","plural":""},"conditions":null,
            "storedVersions":null}}
            """#,
            """
            azhzAAozChdhcGlleHRlbnNpb25zLms4cy5pby92MRIYQ3VzdG9tUmVzb3VyY2VEZWZpbml0aW9uEo4DCiAKEGZvb3MuZXhhbXBsZS5jb20S
            ABoAIgAqADIAOABCABLbAgoLZXhhbXBsZS5jb20aDwoEZm9vcxIAIgNGb28qACIKTmFtZXNwYWNlZDqsAgoCdjEQARgBIp8CCpwCCgASACIA
            KgZvYmplY3QyADoAUABgAHoAkAEA6gFUCgFtEk8KABIAIgAqBm9iamVjdDIAOgBQAGAAegCQAQDyASgIARIkCgASACIAKgZzdHJpbmcyADoA
            UABgAHoAkAEAqAIAuAIAwAIAqAIAuAIAwAIA6gEuCgFuEikKABIAIgAqBm9iamVjdDIAOgBQAGAAegCQAQDyAQIIAKgCALgCAMACAOoBbQoE
            c3BlYxJlCgASACIAKgVhcnJheTIAOgBQAGAAegCQAQDCAT8KPQoAEgAiACoGbnVtYmVyMgA6AEIDCgEyUABZAAAAAAAA+D9gAHoAkAEAogEF
            CgMxLjWiAQCoAgC4AgDAAgCoAgC4AgDAAgCoAgC4AgDAAgA4AFAAGgwSCAoAEgAiACoAIAAaACIA
            """
        ),
        (
            #"""
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"spec":{"holderIdentity":"me",
            "leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.123456Z"}}
            """#,
            """
            azhzAAofChZjb29yZGluYXRpb24uazhzLmlvL3YxEgVMZWFzZRIoChEKAWwSABoAIgAqADIAOABCABITCgJtZRAPIgsIgPLWygYQgJTvOhoA
            IgA=
            """
        ),
    ]

    @Test("built-in objects pass both ways and are canonical", arguments: goldens)
    func bothWays(_ json: String, _ base64: String) throws {
        let expected = try Value(json: json)
        let bytes = try #require(Base64.decode(base64.utf8.filter { $0 != UInt8(ascii: "\n") }))
        let type = try #require(SchemaCatalog.builtin.type(for: ProtobufCodec.kind(of: bytes)))
        #expect(try ProtobufCodec.encode(expected, as: type) == bytes)
        #expect(try ProtobufCodec.decode(bytes) { SchemaCatalog.builtin.type(for: $0) } == expected)
        var value = expected
        #expect(try SchemaWalk.normalize(&value, as: type).isEmpty)
        #expect(value == expected)
    }

    @Test("inlined structs of other packages and shared kinds are found")
    func catalog() throws {
        let rule = try #require(SchemaCatalog.builtin.type("admissionregistration/v1beta1.NamedRuleWithOperations"))
        #expect(rule.field("operations")?.inlinePath == [2])
        #expect(rule.field("apiGroups")?.inlinePath == [2, 2])
        let options = GroupVersionKind(group: "apps", version: "v1", kind: "DeleteOptions")
        #expect(SchemaCatalog.builtin.type(for: options)?.name == "meta/v1.DeleteOptions")
        let status = GroupVersionKind(group: "", version: "v1", kind: "Status")
        #expect(SchemaCatalog.builtin.type(for: status)?.name == "meta/v1.Status")
        #expect(SchemaCatalog.builtin.type(for: GroupVersionKind(group: "apps", version: "v1", kind: "Status")) == nil)
    }
}
