package import APIMachinery

/// Upstream's defaults of webhook configurations and admission policies.
package enum WebhookDefaults {
    package static func mutating(_ object: inout Fields) {
        object.inItems("webhooks") {
            applyShared(&$0)
            $0.setDefault("reinvocationPolicy", "Never")
        }
    }

    package static func validating(_ object: inout Fields) {
        object.inItems("webhooks") { applyShared(&$0) }
    }

    package static func policy(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("failurePolicy", "Fail")
            spec.inObject("matchConstraints") { applyMatch(&$0) }
        }
    }

    package static func binding(_ object: inout Fields) {
        object.inNewObject("spec") { spec in spec.inObject("matchResources") { applyMatch(&$0) } }
    }

    private static func applyShared(_ webhook: inout Fields) {
        webhook.setDefault("failurePolicy", "Fail")
        webhook.setDefault("matchPolicy", "Equivalent")
        webhook.setDefault("namespaceSelector", .emptyObject)
        webhook.setDefault("objectSelector", .emptyObject)
        webhook.setDefault("timeoutSeconds", 10)
        webhook.inObject("clientConfig") { config in
            config.inObject("service") { $0.setDefault("port", 443) }
        }
        webhook.inItems("rules") { $0.setDefault("scope", "*") }
    }

    private static func applyMatch(_ match: inout Fields) {
        match.setDefault("matchPolicy", "Equivalent")
        match.setDefault("namespaceSelector", .emptyObject)
        match.setDefault("objectSelector", .emptyObject)
        match.inItems("resourceRules") { $0.setDefault("scope", "*") }
        match.inItems("excludeResourceRules") { $0.setDefault("scope", "*") }
    }
}
