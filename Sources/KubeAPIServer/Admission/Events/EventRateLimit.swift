internal import APIMachinery
internal import Determinism
internal import Synchronization

/// Events come no faster than the configuration allows: in all, by namespace, by user, or by what they are about.
struct EventRateLimit: AdmissionPlugin {
    private let limits: [RateLimit]

    var name: String { "EventRateLimit" }

    init(_ limits: [EventLimit], time: any Timekeeper) { self.limits = limits.map { RateLimit($0, time: time) } }

    func handles(_ request: AdmissionRequest) -> Bool {
        (request.operation == .create || request.operation == .update) && request.kind.kind == "Event"
            && ["", "events.k8s.io"].contains(request.kind.group)
    }

    /// All of them count the event, and the last that refuses it says so.
    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let refused = limits.filter { !$0.take(request) }
        guard let limit = refused.last else { return }
        throw .tooManyRequests(
            "limit reached on type \(limit.limit.type.rawValue) for key \(limit.key(request))", retryAfter: 1)
    }
}

/// One limit of the configuration.
package struct EventLimit: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case server = "Server"
        case namespace = "Namespace"
        case user = "User"
        case sourceAndObject = "SourceAndObject"
    }

    package var type: Kind
    package var perSecond: Int
    package var burst: Int
    /// How many namespaces, users or sources are told apart.
    package var cacheSize: Int

    package static let cacheSizeDefault = 4096

    package init(type: Kind, perSecond: Int, burst: Int, cacheSize: Int = cacheSizeDefault) {
        self.type = type
        self.perSecond = perSecond
        self.burst = burst
        self.cacheSize = cacheSize
    }

    private static let shape: [String: ConfigurationShape] = [
        "limits": .list(.object(["type": .string, "qps": .integer, "burst": .integer, "cacheSize": .integer]))
    ]

    /// Reads `eventratelimit.admission.k8s.io` Configuration.
    static func read(_ bytes: [UInt8]) throws(ConfigurationError) -> [EventLimit] {
        let document = try ConfigurationDocument(
            strictly: bytes, group: "eventratelimit.admission.k8s.io", versions: ["v1alpha1"], kind: "Configuration",
            shape: shape)
        var limits: [EventLimit] = []
        var errors: [FieldError] = []
        let items = document.value.items("limits")
        if items.isEmpty { errors.append(.invalid("limits", Value.array([]), "must not be empty")) }
        for (index, item) in items.enumerated() {
            func number(_ name: String) -> Int { Int(item[name]?.integerValue ?? 0) }
            let place = "limits[\(index)]"
            let type = Kind(rawValue: item.text("type"))
            if type == nil {
                errors.append(.notSupported("\(place).type", item.text("type"), Kind.allCases.map(\.rawValue).sorted()))
            }
            for name in ["burst", "qps"] where number(name) <= 0 {
                errors.append(.invalid("\(place).\(name)", Value.integer(Int64(number(name))), "must be positive"))
            }
            if type != .server, number("cacheSize") < 0 {
                let size = Value.integer(Int64(number("cacheSize")))
                errors.append(.invalid("\(place).cacheSize", size, "must not be negative"))
            }
            let size = number("cacheSize")
            limits.append(
                EventLimit(
                    type: type ?? .server, perSecond: number("qps"), burst: number("burst"),
                    cacheSize: size == 0 ? cacheSizeDefault : size))
        }
        guard errors.isEmpty else {
            let texts = errors.map(\.description)
            throw ConfigurationError(texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]")
        }
        return limits
    }
}

/// A bucket for every key, with as many drops as may be taken at once.
private final class RateLimit: Sendable {
    private struct Bucket {
        var drops: Double
        var filled: Duration
    }

    let limit: EventLimit
    private let time: any Timekeeper
    private let buckets = Mutex<[String: Bucket]>([:])

    init(_ limit: EventLimit, time: any Timekeeper) {
        self.limit = limit
        self.time = time
    }

    func take(_ request: AdmissionRequest) -> Bool {
        let now = time.uptime
        let key = key(request)
        return buckets.withLock { buckets in
            if buckets[key] == nil, buckets.count >= limit.cacheSize,
                let oldest = buckets.min(by: { $0.value.filled < $1.value.filled })
            {
                buckets[oldest.key] = nil
            }
            var bucket = buckets[key] ?? Bucket(drops: Double(limit.burst), filled: now)
            let fresh = (now - bucket.filled).inSeconds * Double(limit.perSecond)
            bucket.drops = min(Double(limit.burst), bucket.drops + fresh)
            bucket.filled = now
            let isAllowed = bucket.drops >= 1
            if isAllowed { bucket.drops -= 1 }
            buckets[key] = bucket
            return isAllowed
        }
    }

    func key(_ request: AdmissionRequest) -> String {
        switch limit.type {
        case .server: return ""
        case .namespace: return request.namespace
        case .user: return request.user.name
        case .sourceAndObject:
            let source = request.object?["source"] ?? request.object?["deprecatedSource"]
            let object = request.object?["involvedObject"] ?? request.object?["regarding"]
            let parts =
                ["component", "host"].map { source?[$0] }
                + ["kind", "namespace", "name", "uid", "apiVersion"].map { object?[$0] }
            return parts.map { $0?.stringValue ?? "" }.joined()
        }
    }
}
