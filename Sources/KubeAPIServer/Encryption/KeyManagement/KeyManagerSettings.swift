internal import APIMachinery

/// Where a key management service is, and how long it is waited for.
struct KeyManagerSettings: Sendable, Hashable {
    /// What is said of version 1, which upstream leaves out unless asked for it.
    static let firstVersion =
        "error while building transformers: KMSv1 is deprecated and will only receive security updates "
            + "going forward. Use "
        + "KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature."

    private static let timeoutDefault = Duration.seconds(3)
    fileprivate static let scheme = "unix://"

    let name: String
    /// The path of the unix socket.
    let socket: String
    let timeout: Duration

    /// Reads what ``KeyManagerRules`` let pass.
    init(_ service: Value) {
        name = service.text("name")
        socket = String(service.text("endpoint").dropFirst(Self.scheme.count))
        timeout = Self.timeout(service)
    }

    static func timeout(_ service: Value) -> Duration {
        let text = service.text("timeout")
        // What is no duration was refused with the file's shape.
        guard !text.isEmpty, let nanoseconds = try? DurationText.parse(text) else { return timeoutDefault }
        return .nanoseconds(nanoseconds)
    }
}

/// What must hold for such a service; upstream's rules and words.
enum KeyManagerRules {
    /// - names: those of the services before.
    static func errors(_ service: Value, _ path: String, _ names: inout Set<String>) -> [FieldError] {
        let name = service.text("name")
        let version = service.text("apiVersion")
        var errors: [FieldError] = []
        if name.isEmpty { errors.append(.required("\(path).name", "name is a mandatory field for a provider")) }
        if version == "v2", name.contains(":") {
            errors.append(
                .invalid("\(path).name", name, "invalid KMS provider name \(name), must not contain ':'"))
        }
        if version == "v2", names.contains(name) {
            errors.append(
                .invalid("\(path).name", name, "duplicate KMS provider name \(name), names must be unique"))
        }
        names.insert(name)
        if KeyManagerSettings.timeout(service) <= .zero {
            errors.append(
                .invalid("\(path).timeout", service.text("timeout"), "timeout should be a positive value"))
        }
        errors += endpointErrors(service.text("endpoint"), "\(path).endpoint")
        if version == "v2", let size = service["cachesize"]?.integerValue {
            errors.append(.invalid("\(path).cachesize", size, "cachesize is not supported in v2"))
        }
        if !["", "v1", "v2"].contains(version) {
            errors.append(
                .invalid(
                    "\(path).apiVersion", version,
                    "unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported"))
        }
        return errors
    }

    private static func endpointErrors(_ endpoint: String, _ path: String) -> [FieldError] {
        if endpoint.isEmpty { return [.invalid(path, "", "endpoint is a mandatory field for a kms")] }
        if endpoint.hasPrefix(KeyManagerSettings.scheme) { return [] }
        let scheme = endpoint.firstIndex(of: ":").map { String(endpoint[..<$0]) } ?? ""
        return [
            .invalid(path, endpoint, "unsupported scheme \"\(scheme)\" for KMS provider, only unix is supported")
        ]
    }
}
