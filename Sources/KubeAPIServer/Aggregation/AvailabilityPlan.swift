package import APIMachinery
package import Determinism

/// The condition `Available` of an APIService.
package struct AvailabilityCondition: Sendable, Equatable {
    static let type = "Available"

    package let isTrue: Bool
    package let reason: String
    package let message: String

    package init(_ isTrue: Bool, _ reason: String, _ message: String) {
        self.isTrue = isTrue
        self.reason = reason
        self.message = message
    }

    /// What an APIService says now.
    init?(in apiService: Value) {
        guard let condition = Self.find(in: apiService), let status = condition["status"]?.stringValue,
            ["True", "False"].contains(status)
        else { return nil }
        self.init(
            status == "True", condition["reason"]?.stringValue ?? "", condition["message"]?.stringValue ?? "")
    }

    static func find(in apiService: Value) -> Value? {
        (apiService[path: "status", "conditions"]?.arrayValue ?? []).first { $0["type"]?.stringValue == type }
    }

    /// Puts the condition in its place and leaves the others; the time of transition changes with the status.
    package func put(into apiService: inout Value, now: Timestamp) {
        var list = apiService[path: "status", "conditions"]?.arrayValue ?? []
        let index = list.firstIndex { $0["type"]?.stringValue == Self.type }
        let status: Value = isTrue ? "True" : "False"
        var condition = index.map { list[$0] } ?? ["type": .string(Self.type)]
        if condition["status"] != status {
            condition["status"] = status
            condition["lastTransitionTime"] = .string(now.rfc3339)
        }
        condition["reason"] = .string(reason)
        condition["message"] = .string(message)
        if let index { list[index] = condition } else { list.append(condition) }
        apiService[path: "status", "conditions"] = .array(list)
    }
}

/// Whether an APIService can be used, as far as the cluster's objects tell (upstream's availability controllers).
package enum AvailabilityPlan: Sendable, Equatable {
    case settled(AvailabilityCondition)
    /// All is in place; what matters now is whether the server answers.
    case ask(path: String)

    /// - service: the Service that it names, if there is one.
    /// - slices: the EndpointSlices of that Service.
    package static func decide(_ apiService: Value, service: Value?, slices: [Value]) -> AvailabilityPlan {
        guard let remote = RemoteService(apiService) else {
            return .settled(AvailabilityCondition(true, "Local", "Local APIServices are always available"))
        }
        let what = "service/\(remote.name) in \"\(remote.namespace)\""
        guard let service else { return failed("ServiceNotFound", "\(what) is not present") }
        if (service[path: "spec", "type"]?.stringValue ?? "ClusterIP") == "ClusterIP" {
            let ports = service[path: "spec", "ports"]?.arrayValue ?? []
            guard let port = ports.first(where: { $0["port"]?.integerValue == Int64(remote.port) }) else {
                return failed("ServicePortError", "\(what) is not listening on port \(remote.port)")
            }
            guard !slices.isEmpty else {
                return failed("EndpointsNotFound", "cannot find endpointslices for \(what)")
            }
            let portName = port["name"]?.stringValue ?? ""
            guard slices.contains(where: { hasEndpoint($0, portName) }) else {
                let message = "endpointslices for \(what) have no addresses with port name \"\(portName)\""
                return failed("MissingEndpoints", message)
            }
        }
        return .ask(path: "/" + RegisteredService(apiService).groupVersion.path)
    }

    /// What the server's answer means.
    /// - failure: why there is none that is good; `nil` when there is.
    package static func condition(afterAsking failure: String?) -> AvailabilityCondition {
        guard let failure else { return AvailabilityCondition(true, "Passed", "all checks passed") }
        return AvailabilityCondition(false, "FailedDiscoveryCheck", failure)
    }

    private static func failed(_ reason: String, _ message: String) -> AvailabilityPlan {
        .settled(AvailabilityCondition(false, reason, message))
    }

    private static func hasEndpoint(_ slice: Value, _ portName: String) -> Bool {
        let isReady = (slice["endpoints"]?.arrayValue ?? []).contains {
            $0[path: "conditions", "ready"]?.boolValue ?? true
        }
        return isReady
            && (slice["ports"]?.arrayValue ?? []).contains {
                ($0["name"]?.stringValue ?? "") == portName && $0["port"]?.integerValue != nil
            }
    }
}
