package import APIMachinery

/// `spec.conversion` of a definition. Upstream names the fields as its internal form has them.
enum ConversionRules {
    private static let spokenVersions = ["v1", "v1beta1"]
    private static let onlyForWebhooks = "should not be set when strategy is not set to Webhook"

    static func check(_ conversion: Value?) -> [FieldError] {
        guard let conversion, !conversion.isNull else { return [] }
        let path = FieldPath.child(.child(.root, "spec"), "conversion")
        let view = FieldView(conversion, at: path)
        let client = FieldView(conversion[path: "webhook", "clientConfig"], at: .child(path, "webhookClientConfig"))
        let versions = FieldView(
            conversion[path: "webhook", "conversionReviewVersions"], at: .child(path, "conversionReviewVersions"))
        return Findings.of { findings in
            findings.choice(view["strategy"], ["None", "Webhook"])
            guard view["strategy"].text == "Webhook" else {
                if client.exists { findings.add(client.forbidden(onlyForWebhooks)) }
                if !versions.isEmpty { findings.add(versions.forbidden(onlyForWebhooks)) }
                return
            }
            if client.exists {
                WebhookClientRules.check(client, &findings)
            } else {
                findings.add(client.required("required when strategy is set to Webhook"))
            }
            checkVersions(versions, &findings)
        }
    }

    private static func checkVersions(_ versions: FieldView, _ findings: inout Findings) {
        guard !versions.isEmpty else { return findings.add(versions.required()) }
        let seen = WebhookRules.checkVersions(versions, &findings)
        if seen.isDisjoint(with: spokenVersions) {
            findings.add(versions.invalid("must include at least one of " + spokenVersions.joined(separator: ", ")))
        }
    }
}
