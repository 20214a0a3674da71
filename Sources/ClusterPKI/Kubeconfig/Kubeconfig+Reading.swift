package import APIMachinery
internal import Yams

extension Kubeconfig {
    /// Reads a file. Relative paths in it count from its folder.
    package static func load(_ path: String, context: String? = nil) throws -> Kubeconfig {
        guard let text = try SecretFile.readText(path) else { throw PKIError(.file, "there is no \(path)") }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        return try Kubeconfig(yaml: text, context: context, folder: folder)
    }

    /// Reads YAML or JSON; `context` replaces the file's current context.
    package init(yaml: String, context: String? = nil, folder: String = "") throws {
        let node: Node?
        do { node = try Yams.compose(yaml: yaml) } catch {
            throw PKIError(.malformed, "the kubeconfig is no YAML: \(error)")
        }
        guard let node else { throw PKIError(.malformed, "the kubeconfig is empty") }
        try self.init(Value(node), context: context, folder: folder)
    }

    /// Reads the file's content.
    package init(_ file: Value, context: String? = nil, folder: String = "") throws {
        guard let contextName = context ?? file["current-context"]?.stringValue, !contextName.isEmpty else {
            throw PKIError(.malformed, "the kubeconfig has no current context")
        }
        let context = try Self.entry(contextName, in: file["contexts"], "context")
        let clusterName = context["cluster"]?.stringValue ?? ""
        let userName = context["user"]?.stringValue ?? ""
        let cluster = try Self.entry(clusterName, in: file["clusters"], "cluster")
        let user = userName.isEmpty ? Value.emptyObject : try Self.entry(userName, in: file["users"], "user")
        guard let server = cluster["server"]?.stringValue, !server.isEmpty else {
            throw PKIError(.malformed, "cluster \"\(clusterName)\" of the kubeconfig has no server")
        }
        func path(_ path: String) -> String { path.hasPrefix("/") ? path : folder + path }
        func source(_ name: String, of object: Value) throws -> Source? {
            if let text = object[name + "-data"]?.stringValue, !text.isEmpty {
                guard let bytes = Base64.decode(Array(text.utf8)) else {
                    throw PKIError(.malformed, "\(name)-data of the kubeconfig is no base64")
                }
                return .data(bytes)
            }
            return object[name]?.stringValue.flatMap { $0.isEmpty ? nil : .file(path($0)) }
        }
        self.init(
            server: server, clusterName: clusterName, userName: userName, contextName: contextName,
            namespace: context["namespace"]?.stringValue ?? "",
            certificateAuthority: try source("certificate-authority", of: cluster),
            isTLSVerificationSkipped: cluster["insecure-skip-tls-verify"]?.isYes ?? false,
            tlsServerName: cluster["tls-server-name"]?.stringValue ?? "",
            clientCertificate: try source("client-certificate", of: user),
            clientKey: try source("client-key", of: user), token: user["token"]?.stringValue ?? "",
            tokenFile: user["tokenFile"]?.stringValue.map(path) ?? "")
    }

    private static func entry(_ name: String, in list: Value?, _ kind: String) throws -> Value {
        let entries = list?.arrayValue ?? []
        guard let entry = entries.first(where: { $0["name"]?.stringValue == name }) else {
            throw PKIError(.malformed, "the kubeconfig has no \(kind) \"\(name)\"")
        }
        return entry[kind] ?? .emptyObject
    }
}

extension Value {
    /// A YAML node; every scalar is text, which is all that a kubeconfig asks for.
    fileprivate init(_ node: Node) {
        switch node {
        case .scalar(let scalar): self = .string(scalar.string)
        case .sequence(let items): self = .array(items.map { Value($0) })
        case .mapping(let pairs):
            self = .object(
                Fields(unsorted: pairs.map { .init(name: $0.key.string ?? "", value: Value($0.value)) }))
        case .alias: self = .null
        }
    }

    fileprivate var isYes: Bool { boolValue ?? (stringValue == "true") }
}
