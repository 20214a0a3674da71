package import APITypes
package import ContainerRuntime

/// Why a container cannot be described to the runtime; its status says `CreateContainerConfigError`.
package struct ContainerConfigFailure: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Where configuration comes from. Throws what a pod's owner should read when an object does not exist.
package protocol ConfigurationSource: Sendable {
    func configMap(_ name: String, namespace: String) async throws -> ConfigMap?
    func secret(_ name: String, namespace: String) async throws -> Secret?
}

/// A container's environment: first services, then `envFrom`, then `env` in order, later ones winning.
package struct EnvironmentPlan: Sendable {
    package let fields: DownwardFields
    package let services: [Service]
    package let source: any ConfigurationSource

    package init(fields: DownwardFields, services: [Service], source: any ConfigurationSource) {
        self.fields = fields
        self.services = services
        self.source = source
    }

    private var namespace: String { fields.pod.metadata.namespace }

    package func variables(of container: Container) async throws -> [ContainerVariable] {
        var given: [String: String] = [:]
        for origin in container.envFrom { try await add(origin, to: &given) }
        var explicit: [ContainerVariable] = []
        let serviceVariables = ServiceEnvironment.variables(
            services, namespace: namespace, enableLinks: fields.pod.spec.enableServiceLinks ?? true)
        for variable in container.env {
            let value: String?
            if let origin = variable.valueFrom {
                value = try await resolve(origin, container)
            } else {
                value = VariableExpansion.expand(variable.value) { given[$0] ?? serviceVariables[$0] }
            }
            guard let value else { continue }
            given[variable.name] = value
            explicit.removeAll { $0.name == variable.name }
            explicit.append(ContainerVariable(variable.name, value))
        }
        let named = Set(explicit.map(\.name))
        let fromObjects = given.filter { !named.contains($0.key) }
        let implicit = serviceVariables.merging(fromObjects) { $1 }.filter {
            given[$0.key] == nil || !named.contains($0.key)
        }
        return implicit.sorted { $0.key < $1.key }.map { ContainerVariable($0.key, $0.value) } + explicit
    }

    private func add(_ origin: EnvFromSource, to given: inout [String: String]) async throws {
        if let reference = origin.configMapRef {
            guard let map = try await source.configMap(reference.name, namespace: namespace) else {
                if reference.optional == true { return }
                throw ContainerConfigFailure("configmap \"\(reference.name)\" not found")
            }
            for (key, value) in map.data { given[origin.prefix + key] = value }
        }
        if let reference = origin.secretRef {
            guard let secret = try await source.secret(reference.name, namespace: namespace) else {
                if reference.optional == true { return }
                throw ContainerConfigFailure("secret \"\(reference.name)\" not found")
            }
            for (key, value) in secret.data { given[origin.prefix + key] = String(decoding: value, as: UTF8.self) }
        }
    }

    /// nil for something optional that is not there.
    private func resolve(_ origin: EnvVarSource, _ container: Container) async throws -> String? {
        if let field = origin.fieldRef { return try fields.value(of: field.fieldPath) }
        if let resource = origin.resourceFieldRef {
            guard
                let target = resource.containerName.isEmpty
                    ? container : fields.pod.container(named: resource.containerName)
            else { throw ContainerConfigFailure("container \(resource.containerName) not found") }
            return try fields.value(of: resource, in: target)
        }
        if let key = origin.configMapKeyRef {
            guard let map = try await source.configMap(key.name, namespace: namespace) else {
                if key.optional == true { return nil }
                throw ContainerConfigFailure("configmap \"\(key.name)\" not found")
            }
            if let value = map.data[key.key] { return value }
            if key.optional == true { return nil }
            throw ContainerConfigFailure("couldn't find key \(key.key) in ConfigMap \(namespace)/\(key.name)")
        }
        if let key = origin.secretKeyRef {
            guard let secret = try await source.secret(key.name, namespace: namespace) else {
                if key.optional == true { return nil }
                throw ContainerConfigFailure("secret \"\(key.name)\" not found")
            }
            if let value = secret.data[key.key] { return String(decoding: value, as: UTF8.self) }
            if key.optional == true { return nil }
            throw ContainerConfigFailure("couldn't find key \(key.key) in Secret \(namespace)/\(key.name)")
        }
        return nil
    }
}
