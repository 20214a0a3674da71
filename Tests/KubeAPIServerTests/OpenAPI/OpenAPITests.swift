import APIMachinery
import KubeAPIServer
import Testing

@Suite("The OpenAPI documents")
struct OpenAPITests {
    private static func definition(_ name: String, _ dialect: OpenAPIDialect) throws -> Value {
        let found = BuiltinDefinitions(dialect).definitions(of: ["apps/v1.Deployment"]).first { $0.name == name }
        return try #require(found).schema
    }

    @Test func everyReferenceIsDefined() throws {
        for dialect in [OpenAPIDialect.v2, .v3] {
            let definitions = BuiltinDefinitions(dialect).definitions(
                of: ["apps/v1.Deployment", "apiextensions/v1.CustomResourceDefinition"])
            let names = Set(definitions.map(\.name))
            #expect(names.count == definitions.count)
            for definition in definitions {
                for reference in Self.references(in: definition.schema) {
                    #expect(names.contains(reference), "\(definition.name) refers to \(reference)")
                }
            }
        }
    }

    private static func references(in value: Value) -> [String] {
        if let reference = value["$ref"]?.stringValue { return [String(reference.split(separator: "/").last ?? "")] }
        return (value.arrayValue ?? (value.objectValue ?? Fields()).map(\.value)).flatMap(references)
    }

    @Test func fieldsSayHowTheyAreMerged() throws {
        let pod = try Self.definition("io.k8s.api.core.v1.PodSpec", .v2)
        let containers = try #require(pod[path: "properties", "containers"])
        #expect(containers["x-kubernetes-patch-strategy"] == "merge")
        #expect(containers["x-kubernetes-patch-merge-key"] == "name")
        #expect(containers["x-kubernetes-list-type"] == "map")
        #expect(pod["required"] == ["containers"])
        let spec = try Self.definition("io.k8s.api.apps.v1.DeploymentSpec", .v3)
        let strategy = try #require(spec[path: "properties", "strategy"])
        #expect(strategy["allOf"] == [["$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy"]])
        #expect(strategy["x-kubernetes-patch-strategy"] == "retainKeys")
    }

    @Test("operations have the names that generators know", arguments: [
        ("", "v1", "list", "NamespacedPod", "listCoreV1NamespacedPod", "core_v1"),
        ("rbac.authorization.k8s.io", "v1", "read", "ClusterRole", "readRbacAuthorizationV1ClusterRole", "rbacAuthorization_v1"),
        ("stable.example.com", "v1beta1", "patch", "NamespacedCronTab", "patchStableExampleComV1beta1NamespacedCronTab", "stableExampleCom_v1beta1"),
    ])
    func names(group: String, version: String, verb: String, subject: String, id: String, tag: String) {
        let names = OperationNames(GroupVersion(group: group, version: version))
        #expect(names.id(verb, subject) == id)
        #expect(names.tag == tag)
    }

    @Test func gnosticPutsNamesAndValuesWhereItsReadersLookForThem() throws {
        let schema: Value = ["type": "string", "x-a": true]
        let bytes = GnosticEncoder.named("n", schema, GnosticV2.schema)
        // 1: "n", 2: { 22: { 1: "string" }, 31: { 1: "x-a", 2: { 2: "true" } } }
        let expected: [UInt8] =
            [0x0a, 1, 0x6e, 0x12, 27, 0xb2, 1, 8, 0x0a, 6] + Array("string".utf8) + [0xfa, 1, 13, 0x0a, 3]
            + Array("x-a".utf8) + [0x12, 6, 0x12, 4] + Array("true".utf8)
        #expect(bytes == expected)
    }
}
