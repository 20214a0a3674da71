internal import Determinism
internal import Metrics

/// What is counted of letting requests in (`endpoints/filters`), and of those that are under way.
package final class LettingInMetrics: Sendable {
    package enum Recognition: Int, CaseIterable, Sendable { case success, failure, error }

    package enum Permission: Int, CaseIterable, Sendable {
        case allowed, denied, noOpinion

        var label: String { self == .noOpinion ? "no-opinion" : String(describing: self) }
    }

    /// Names that upstream tells apart; nobody else's is told.
    private static let names = ["admin", "client", "kube_proxy", "kubelet", "system:serviceaccount:kube-system:default"]
    private static let mail = names.count
    private static let other = names.count + 1

    private static let layout = HistogramLayout.seconds(HistogramLayout.exponential(0.001, 2, 15))
    private let recognitions = Recognition.allCases.map { _ in Histogram(layout) }
    private let permissions = Permission.allCases.map { _ in Histogram(layout) }
    private static let expirationLayout = HistogramLayout.whole([
        0, 1800, 3600, 7200, 21600, 43200, 86400, 172_800, 345_600, 604_800, 2_592_000, 7_776_000, 15_552_000,
        31_104_000,
    ])
    private let expirations = Histogram(expirationLayout)
    private let users = Cells(names.count + 2)
    private let reading = Counter()
    private let writing = Counter()

    package init() {}

    func recognized(_ user: String, _ took: Duration) {
        recognitions[Recognition.success.rawValue].observe(took)
        users.add(1, at: Self.place(of: user))
    }

    func recognized(byCertificateUntil end: Timestamp, _ now: Timestamp) {
        expirations.observe(Int((end.nanoseconds - now.nanoseconds) / 1_000_000_000))
    }

    func notRecognized(_ how: Recognition, _ took: Duration) { recognitions[how.rawValue].observe(took) }

    func decided(_ permission: Permission, _ took: Duration) { permissions[permission.rawValue].observe(took) }

    func begins(isReading: Bool) { (isReading ? reading : writing).add() }
    func ends(isReading: Bool) { (isReading ? reading : writing).add(-1) }

    var underWay: Int { reading.value + writing.value }

    private static func place(of user: String) -> Int {
        names.firstIndex(of: user) ?? (user.utf8.contains(UInt8(ascii: "@")) ? mail : other)
    }

    func register(in registry: MetricsRegistry) {
        registry.add(
            MetricFamily(
                "authenticated_user_requests", .counter, "Counter of authenticated requests broken out by username.",
                labels: ["username"])
        ) {
            (Self.names + ["email_id", "other"]).enumerated().compactMap { place, name in
                self.users[place] > 0 ? MetricSample([name], self.users[place]) : nil
            }
        }
        registry.add(
            MetricFamily(
                "apiserver_client_certificate_expiration_seconds", .histogram,
                "Distribution of the remaining lifetime on the certificate used to authenticate a request.")
        ) { [MetricSample([], self.expirations.snapshot)] }
        Self.register(
            self.recognitions, Recognition.allCases.map { String(describing: $0) }, in: registry,
            ("authentication_attempts", "Counter of authenticated attempts."),
            ("authentication_duration_seconds", "Authentication duration in seconds broken out by result."))
        Self.register(
            self.permissions, Permission.allCases.map(\.label), in: registry,
            (
                "authorization_attempts_total",
                "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', "
                    + "'no-opinion' or 'error'."
            ),
            ("authorization_duration_seconds", "Authorization duration in seconds broken out by result."))
        registry.add(
            MetricFamily(
                "apiserver_current_inflight_requests", .gauge,
                "Maximal number of currently used inflight request limit of this apiserver per request kind in last "
                    + "second.", labels: ["request_kind"], .stable)
        ) {
            [MetricSample(["readOnly"], self.reading.value), MetricSample(["mutating"], self.writing.value)]
        }
    }

    private static func register(
        _ histograms: [Histogram], _ results: [String], in registry: MetricsRegistry,
        _ attempts: (name: String, help: String), _ durations: (name: String, help: String)
    ) {
        let samples = { @Sendable in
            zip(results, histograms).map { ([$0], $1.snapshot) }.filter { $0.1.count > 0 }
        }
        registry.add(MetricFamily(attempts.name, .counter, attempts.help, labels: ["result"])) {
            samples().map { MetricSample($0, $1.count) }
        }
        registry.add(MetricFamily(durations.name, .histogram, durations.help, labels: ["result"])) {
            samples().map { MetricSample($0, $1) }
        }
    }
}
