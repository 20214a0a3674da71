internal import APIMachinery
internal import Determinism

/// Asks the webhook of a definition to bring objects from one version into another.
struct ConversionWebhook: Sendable {
    /// Upstream's patience with a conversion.
    static let timeoutSeconds: Int64 = 30

    private let client: WebhookClientConfig
    private let reviewVersions: [String]
    private let calls: WebhookCalls

    /// `nil` for a definition whose versions differ in nothing that a webhook would have to know.
    init?(_ definition: Value, _ calls: WebhookCalls) {
        guard let conversion = definition[path: "spec", "conversion"], conversion["strategy"] == "Webhook",
            let config = conversion[path: "webhook", "clientConfig"], let client = WebhookClientConfig(config)
        else { return nil }
        self.client = client
        self.calls = calls
        reviewVersions = (conversion[path: "webhook", "conversionReviewVersions"]?.arrayValue ?? [])
            .compactMap(\.stringValue)
    }

    /// The same objects, in the same order; those that are in that version already are not sent.
    func convert(_ objects: [Value], to version: GroupVersion) async throws(StatusError) -> [Value] {
        let places = objects.indices.filter { objects[$0]["apiVersion"]?.stringValue != version.description }
        guard let first = places.first else { return objects }
        let sent = places.map { objects[$0] }
        let kind = "\(objects[first]["apiVersion"]?.stringValue ?? ""), Kind=\(objects[first]["kind"]?.stringValue ?? "")"
        let answer: [Value]
        do throws(WebhookCallError) { answer = try await ask(sent, version) } catch {
            throw Self.failure("conversion webhook for \(kind) failed: \(error.message)")
        }
        guard answer.count == sent.count else {
            throw Self.failure(
                "conversion webhook for \(kind) returned \(answer.count) objects, expected \(sent.count)")
        }
        var converted = objects
        for (index, place) in places.enumerated() {
            do throws(ConversionReview.Fault) {
                converted[place] = try ConversionReview.settled(answer[index], from: sent[index], version: version)
            } catch {
                throw Self.failure("conversion webhook for \(kind) returned \(error.text(at: index, of: sent.count))")
            }
        }
        return converted
    }

    private func ask(_ objects: [Value], _ version: GroupVersion) async throws(WebhookCallError) -> [Value] {
        guard let reviewVersion = ConversionReview.version(among: reviewVersions) else {
            throw WebhookCallError("no supported conversion review versions")
        }
        let uid = calls.random.uuid()
        let review = ConversionReview.request(objects, to: version, version: reviewVersion, uid: uid)
        let answer = try await calls.transport.post(review, to: client, calls.objects, timeout: Self.timeoutSeconds)
        return try ConversionReview.objects(in: answer, version: reviewVersion, uid: uid)
    }

    /// Upstream gives these errors neither a reason nor a code of their own.
    private static func failure(_ message: String) -> StatusError {
        StatusError(code: 500, reason: .unknown, message: message)
    }
}

/// What it takes to call a webhook.
struct WebhookCalls: Sendable {
    let transport: any WebhookTransport
    let objects: ObjectLookup
    let random: any RandomSource
}
