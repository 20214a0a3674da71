import APIMachinery
import Testing

@Suite struct SchemaCatalogTests {
    let catalog = SchemaCatalog.builtin

    @Test func hasTheWholeAPI() {
        #expect(catalog.packages.count == 65)
        #expect(catalog.resources.count == 97)
        let types = catalog.packages.map { catalog.types(inPackage: $0.name) }
        #expect(types.map(\.count).reduce(0, +) == 1192)
        for type in types.flatMap(\.values) {
            for field in type.fields { resolve(field.type) }
        }
    }

    private func resolve(_ type: FieldType) {
        switch type {
        case .type(let reference): #expect(reference.type.name == reference.name)
        case .list(let element), .map(let element): resolve(element)
        default: break
        }
    }

    @Test func knowsHowAPodIsBuilt() throws {
        let pod = try #require(catalog.type("core/v1.Pod"))
        #expect(pod.fields.map(\.name) == ["apiVersion", "kind", "metadata", "spec", "status"])
        #expect(pod.shape == .object)
        #expect(pod.protobufName == "k8s.io.api.core.v1.Pod")
        #expect(pod.field("kind")?.number == 0)
        guard case .type(let reference)? = pod.field("spec")?.type else {
            Issue.record("spec is no type")
            return
        }
        let containers = try #require(reference.type.field("containers"))
        #expect(containers.number == 2)
        #expect(containers.merge == .map(keys: ["name"]))
        #expect(containers.patch == .init(merge: true, mergeKey: "name"))
        #expect(containers.isRequired)
        #expect(containers.emission == .always)
        #expect(reference.type.field("restartPolicy")?.allowedValues == ["Always", "Never", "OnFailure"])
    }

    @Test func inlinedStructsAreSpreadOutAndKeepTheirPath() throws {
        let volume = try #require(catalog.type("core/v1.Volume"))
        #expect(volume.field("configMap")?.inlinePath == [2])
        #expect(volume.field("configMap")?.number == 19)
        #expect(volume.field("name")?.inlinePath == [])
        let rule = try #require(catalog.type("admissionregistration/v1.NamedRuleWithOperations"))
        #expect(rule.field("apiGroups")?.inlinePath == [2, 2])
        #expect(rule.field("operations")?.inlinePath == [2])
    }

    @Test func findsResourcesByNameAndKind() throws {
        let name = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
        let deployments = try #require(catalog.resource(name))
        #expect(deployments.shortNames == ["deploy"])
        #expect(deployments.isNamespaced)
        #expect(deployments.storageVersion == GroupVersion(group: "apps", version: "v1"))
        let scale = try #require(deployments.subresources.first { $0.name == "scale" })
        #expect(scale.kind == GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"))
        #expect(scale.verbs == ["get", "patch", "update"])
        #expect(catalog.resource(for: deployments.groupVersionKind)?.plural == "deployments")
        #expect(catalog.resource(for: scale.kind) == nil)
        #expect(catalog.type(for: scale.kind)?.name == "autoscaling/v1.Scale")
        #expect(catalog.openAPIName(ofType: "autoscaling/v1.Scale") == "io.k8s.api.autoscaling.v1.Scale")
        let pods = try #require(catalog.resource(for: GroupVersionKind(group: "", version: "v1", kind: "Pod")))
        #expect(pods.subresources.first { $0.name == "eviction" }?.kind.group == "policy")
        #expect(pods.storageVersion == GroupVersion(group: "", version: "v1"))
    }

    @Test func whatIsNotThereIsNil() {
        #expect(catalog.type("core/v1.NoSuchType") == nil)
        #expect(catalog.type("nowhere") == nil)
        #expect(catalog.type(for: GroupVersionKind(group: "", version: "v1", kind: "Nothing")) == nil)
    }
}
