internal import APIMachinery

/// `spec.conversion` of a definition. Upstream names the fields as its internal form has them.
enum ConversionRules {
    private static let spokenVersions = ["v1", "v1beta1"]
    private static let onlyForWebhooks = "should not be set when strategy is not set to Webhook"

    static func check(_ view: FieldView, old: Value?, _ findings: inout Findings) {
        guard view.exists else { return }
        let webhook = view["webhook"]
        let client = FieldView(webhook["clientConfig"].value, at: .child(view.path, "webhookClientConfig"))
        let versions = FieldView(
            webhook["conversionReviewVersions"].value, at: .child(view.path, "conversionReviewVersions"))
        findings.choice(view["strategy"], ["None", "Webhook"])
        guard view["strategy"].text == "Webhook" else {
            if client.exists { findings.add(client.forbidden(onlyForWebhooks)) }
            if !versions.isEmpty { findings.add(versions.forbidden(onlyForWebhooks)) }
            return
        }
        if client.exists {
            WebhookClientRules.check(client, &findings)
            if !client["caBundle"].isEmpty, !allowsAnyBundle(old), !isBundle(client["caBundle"].text) {
                let why = "unable to load root certificates: unable to parse bytes as PEM block"
                findings.add(client["caBundle"].invalid(why))
            }
        } else {
            findings.add(client.required("required when strategy is set to Webhook"))
        }
        let before = (old?[path: "spec", "conversion", "webhook", "conversionReviewVersions"]?.arrayValue ?? [])
            .compactMap(\.stringValue)
        let isNew = before.isEmpty || !Set(before).isDisjoint(with: spokenVersions)
        checkVersions(versions, mustBeKnown: isNew, &findings)
    }

    /// Certificates are looked at once somebody may call the webhook, and unless they were wrong before.
    private static func allowsAnyBundle(_ old: Value?) -> Bool {
        guard let old, CustomConditions.isTrue("Established", in: old) else { return true }
        let bundle = old[path: "spec", "conversion", "webhook", "clientConfig", "caBundle"]?.stringValue ?? ""
        return !bundle.isEmpty && !isBundle(bundle)
    }

    private static func isBundle(_ text: String) -> Bool {
        guard let bytes = Base64.decode(Array(text.utf8)) else { return false }
        let pem = String(decoding: bytes, as: UTF8.self)
        return pem.contains("-----BEGIN ") && pem.contains("-----END ")
    }

    private static func checkVersions(_ versions: FieldView, mustBeKnown: Bool, _ findings: inout Findings) {
        guard !versions.isEmpty else { return findings.add(versions.required()) }
        let seen = WebhookRules.checkVersions(versions, &findings)
        if mustBeKnown, seen.isDisjoint(with: spokenVersions) {
            findings.add(versions.invalid("must include at least one of " + spokenVersions.joined(separator: ", ")))
        }
    }
}
