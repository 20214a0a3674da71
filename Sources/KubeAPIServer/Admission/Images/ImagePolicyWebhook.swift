internal import APIMachinery
internal import ClusterPKI
internal import Determinism
internal import Logging
internal import Synchronization

/// Asks another server whether a pod may have its images (ImageReview); what it says is remembered for a while.
final class ImagePolicyWebhook: AdmissionPlugin {
    static let pluginName = "ImagePolicyWebhook"
    /// How many answers are remembered.
    private static let answersMax = 1024
    private static let attemptsMax = 5
    private static let timeout = Duration.seconds(30)
    private static let auditPrefix = "imagepolicywebhook.image-policy.k8s.io/"
    /// What a pod's annotations have in their names that are for the other server.
    private static let annotationMark = ".image-policy.k8s.io/"

    private struct Known: Sendable {
        let status: Value
        let until: Duration
    }

    private let settings: ImagePolicySettings?
    private let webhook: ConfiguredWebhook?
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let known = Mutex(BoundedCache<[UInt8], Known>(limit: answersMax))

    init(_ settings: ImagePolicySettings?, time: any Timekeeper, random: any RandomSource, logger: Logger) {
        self.settings = settings
        webhook = settings.map { ConfiguredWebhook($0.kubeconfig) }
        self.time = time
        self.random = random
        self.logger = logger
    }

    var name: String { Self.pluginName }

    func handles(_ request: AdmissionRequest) -> Bool {
        guard request.resource.resource == "pods", request.resource.group.isEmpty, settings != nil else { return false }
        guard request.subresource.isEmpty || request.subresource == "ephemeralcontainers" else { return false }
        return request.operation == .create || request.operation == .update
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let settings, let webhook, let pod = request.object else { return }
        let spec = Self.question(pod, request)
        let status: Value
        do throws(WebhookCallError) { status = try await answer(to: spec, settings, webhook) } catch {
            logger.warning("nobody says whether images are good", metadata: ["error": "\(error.message)"])
            guard settings.allowsOnFailure else { throw request.forbidden(error.message) }
            request.audit?.annotate(Self.auditPrefix + "failed-open", "true")
            return
        }
        for (key, value) in status["auditAnnotations"]?.stringMap ?? [:] {
            request.audit?.annotate(Self.auditPrefix + key, value)
        }
        guard status["allowed"] != true else { return }
        let reason = status["reason"]?.stringValue ?? ""
        throw request.forbidden(
            reason.isEmpty
                ? "one or more images rejected by webhook backend"
                : "image policy webhook backend denied one or more images: \(reason)")
    }

    /// The `spec` of an ImageReview.
    private static func question(_ pod: Value, _ request: AdmissionRequest) -> Value {
        let lists = request.subresource.isEmpty ? ["containers", "initContainers"] : ["ephemeralContainers"]
        let containers = lists.flatMap { pod[path: "spec", $0]?.arrayValue ?? [] }
        var spec: Value = [
            "containers": .array(containers.map { ["image": $0["image"] ?? ""] }),
            "namespace": .string(request.namespace),
        ]
        var annotations = Fields()
        for field in pod[path: "metadata", "annotations"]?.objectValue ?? Fields()
        where field.name.contains(annotationMark) { annotations[field.name] = field.value }
        if !annotations.isEmpty { spec["annotations"] = .object(annotations) }
        return spec
    }

    /// The `status` of the review.
    private func answer(
        to spec: Value, _ settings: ImagePolicySettings, _ webhook: ConfiguredWebhook
    ) async throws(WebhookCallError) -> Value {
        let key = spec.json
        let now = time.uptime
        if let known = known.withLock({ $0.find(key) }), now < known.until { return known.status }
        let review: Value = [
            "apiVersion": "imagepolicy.k8s.io/v1alpha1", "kind": "ImageReview",
            "metadata": ["creationTimestamp": .null], "spec": spec, "status": ["allowed": false],
        ]
        let bytes = try await post(review.json, settings, webhook)
        let answer: Value
        do { answer = try Value(json: bytes) } catch {
            throw WebhookCallError("couldn't get version/kind; json parse error: \(error)")
        }
        let status = answer["status"] ?? .emptyObject
        let lifetime = status["allowed"] == true ? settings.allowedLifetime : settings.deniedLifetime
        known.withLock { $0.store(Known(status: status, until: time.uptime + lifetime), for: key) }
        return status
    }

    private func post(
        _ body: [UInt8], _ settings: ImagePolicySettings, _ webhook: ConfiguredWebhook
    ) async throws(WebhookCallError) -> [UInt8] {
        let backoff = Backoff(initial: settings.retryPause, maximum: .seconds(300), factor: 1.5, jitter: 0.2)
        var attempt = 0
        while true {
            let failure: WebhookCallError
            do throws(WebhookCallError) { return try await webhook.post(body, timeout: Self.timeout) } catch {
                failure = error
            }
            attempt += 1
            guard attempt < Self.attemptsMax else { throw failure }
            // Who is told to end does not try again.
            do { try await time.sleep(for: backoff.delay(attempt: attempt - 1, random: random)) } catch { throw failure }
        }
    }
}
