internal import Determinism
internal import Metrics

/// Requests that are counted together: their codes, how long they took, how much was sent.
package final class RequestSeries: Sendable {
    /// Codes with a cell of their own; all others are counted as 0, which is also what taken over connections have.
    static let codes = [
        0, 200, 201, 202, 204, 301, 302, 307, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429, 500, 501,
        502, 503, 504, 507,
    ]
    private static let places: [UInt8] = {
        var places = [UInt8](repeating: 0, count: 600)
        for (place, code) in codes.enumerated() { places[code] = UInt8(place) }
        return places
    }()

    let byCode = Cells(RequestSeries.codes.count)
    let duration = Histogram(RequestFamilies.durations)
    let ownDuration = Histogram(RequestFamilies.ownDurations)
    let size = Histogram(RequestFamilies.sizes)
    let underWay = Counter()
    private let countsSizes: Bool
    private let isDryRun: Bool

    init(countsSizes: Bool, isDryRun: Bool) {
        self.countsSizes = countsSizes
        self.isDryRun = isDryRun
    }

    func count(code: Int) {
        byCode.add(1, at: code > 0 && code < 600 ? Int(Self.places[code]) : 0)
    }

    /// - waited: for others: webhooks, and its turn.
    func observe(code: Int, took: Duration, waited: Duration, size bytes: Int?) {
        count(code: code)
        let whole = Int(took.wholeNanoseconds)
        duration.observe(whole)
        if !isDryRun { ownDuration.observe(whole - Int(waited.wholeNanoseconds)) }
        if countsSizes, let bytes { size.observe(bytes) }
    }
}

/// The series of one resource, found without a lock.
package final class RequestMeter: Sendable {
    enum Verb: Int, CaseIterable, Sendable {
        case get, list, watch, post, put, patch, apply, delete, connect
        var label: String { String(describing: self).uppercased() }
    }

    enum Scope: Int, CaseIterable, Sendable {
        case none, cluster, namespace, resource
        var label: String { self == .none ? "" : String(describing: self) }
    }

    enum DryRun: Int, CaseIterable, Sendable {
        case none, all, invalid

        var label: String {
            switch self {
            case .none: ""
            case .all: "All"
            case .invalid: "invalid"
            }
        }
    }

    private let slots = Slots<RequestSeries>(Verb.allCases.count * Scope.allCases.count * DryRun.allCases.count)

    init() {}

    func series(_ verb: Verb, _ scope: Scope, _ dryRun: DryRun) -> RequestSeries {
        let index = (verb.rawValue * Scope.allCases.count + scope.rawValue) * DryRun.allCases.count + dryRun.rawValue
        return slots.at(index) {
            RequestSeries(countsSizes: verb == .get || verb == .list, isDryRun: dryRun != .none)
        }
    }

    var all: [(verb: Verb, scope: Scope, dryRun: DryRun, series: RequestSeries)] {
        slots.made.compactMap { index, series in
            let (rest, dryRun) = index.quotientAndRemainder(dividingBy: DryRun.allCases.count)
            let (verb, scope) = rest.quotientAndRemainder(dividingBy: Scope.allCases.count)
            guard let verb = Verb(rawValue: verb), let scope = Scope(rawValue: scope),
                let dryRun = DryRun(rawValue: dryRun)
            else { return nil }
            return (verb, scope, dryRun, series)
        }
    }
}

extension RequestMeter.Verb {
    private static let connections = ["log", "exec", "portforward", "attach", "proxy"]

    /// As upstream reports a request of a resource (`endpoints/metrics.cleanVerb`).
    init(_ info: RequestInfo, contentType: @autoclosure () -> String?) {
        if !info.subresource.isEmpty, Self.connections.contains(info.subresource) {
            self = .connect
            return
        }
        switch info.verb {
        case "get": self = .get
        case "list": self = .list
        case "watch": self = .watch
        case "create": self = .post
        case "update": self = .put
        case "patch": self = contentType() == "application/apply-patch+yaml" ? .apply : .patch
        case _: self = .delete
        }
    }

    /// Whether its end comes long after its beginning.
    var isLong: Bool { self == .watch || self == .connect }
}

extension RequestMeter.Scope {
    /// By the path: a selector of one name does not make a list a get.
    init(_ info: RequestInfo) {
        let isOne = info.verb == "create" || !["list", "watch", "deletecollection"].contains(info.verb)
        self = isOne ? .resource : info.namespace.isEmpty ? .cluster : .namespace
    }
}

extension RequestMeter.DryRun {
    init(_ query: QueryParameters) {
        guard let asked = query["dryRun"] else {
            self = .none
            return
        }
        self = asked == "All" ? .all : .invalid
    }
}
