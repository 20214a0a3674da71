import APIMachinery
import APIRules
import Testing

@Suite("The rules for definitions of custom resources")
struct DefinitionRulesTests {
    private static func definition(_ schema: String) throws -> Value {
        [
            "metadata": ["name": "things.example.com"],
            "spec": [
                "group": "example.com", "scope": "Namespaced",
                "names": ["plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"],
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true,
                        "schema": ["openAPIV3Schema": try Value(json: schema)],
                    ]
                ],
            ],
            "status": ["storedVersions": ["v1"]],
        ]
    }

    private static let root = "spec.validation.openAPIV3Schema"

    @Test("a schema is structural", arguments: [
        (#"{"type":"object"}"#, []),
        (#"{}"#, [".type: Required value: must not be empty at the root"]),
        (
            #"{"type":"object","properties":{"a":{}}}"#,
            [".properties[a].type: Required value: must not be empty for specified object fields"]
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"array"}}}"#,
            [".properties[a].items: Required value: must be specified"]
        ),
        (
            #"{"type":"object","anyOf":[{"properties":{"a":{"minimum":1}}}]}"#,
            [".properties[a]: Required value: because it is defined in \(root).anyOf[0].properties[a]"]
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"integer","allOf":[{"type":"integer"}]}}}"#,
            [".properties[a].allOf[0].type: Forbidden: must be empty to be structural"]
        ),
        (
            #"{"type":"object","properties":{"a":{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]}}}"#,
            []
        ),
        (
            #"{"type":"object","properties":{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}}"#,
            [
                ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified"
            ]
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string","default":1}}}"#,
            [
                #".properties[a].default: Invalid value: "integer": \#(root).properties[a].default in body must be of type string: "integer""#
            ]
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"k":{"type":"string"}}},"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"]}}}"#,
            [
                ".properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            ]
        ),
    ])
    func structure(schema: String, errors: [String]) throws {
        let found = DefinitionRules.validate(try Self.definition(schema)).map(\.description)
        #expect(found == errors.map { Self.root + $0 })
    }

    @Test func aDefinitionIsNamedForItsResourceAndHasOneStoredVersion() throws {
        var definition = try Self.definition(#"{"type":"object"}"#)
        definition[path: "metadata", "name"] = "other"
        definition[path: "spec", "versions"] = [
            ["name": "v1", "served": true, "storage": false, "schema": ["openAPIV3Schema": ["type": "object"]]]
        ]
        let fields = DefinitionRules.validate(definition).map(\.field)
        #expect(fields == ["metadata.name", "spec.versions"])
    }

    @Test func whatIsEstablishedKeepsScopeAndKind() throws {
        var old = try Self.definition(#"{"type":"object"}"#)
        var new = old
        new[path: "spec", "scope"] = "Cluster"
        new[path: "spec", "names", "kind"] = "Other"
        #expect(DefinitionRules.validateUpdate(new, from: old).isEmpty)
        old[path: "status", "conditions"] = [["type": "Established", "status": "True"]]
        #expect(DefinitionRules.validateUpdate(new, from: old).map(\.field) == ["spec.scope", "spec.names.kind"])
    }

    @Test func namesGoToWhoCameFirst() throws {
        var first = try Self.definition(#"{"type":"object"}"#)
        first[path: "status", "acceptedNames"] = first[path: "spec", "names"]
        var second = try Self.definition(#"{"type":"object"}"#)
        second[path: "spec", "names", "plural"] = "others"
        second[path: "spec", "names", "shortNames"] = ["things", "o"]
        let plan = NamesPlan.decide(second, others: [first])
        #expect(!plan.areAccepted)
        #expect(plan.condition.reason == "ListKindConflict")
        #expect(plan.condition.message == "\"ThingList\" is already in use")
        #expect(plan.acceptedNames["plural"] == "others")
        #expect(plan.acceptedNames["shortNames"] == nil)
        #expect(NamesPlan.decide(second, others: []).areAccepted)
    }

    private static let noWebhook = "Forbidden: should not be set when strategy is not set to Webhook"

    @Test("a conversion is by a webhook that can be called, or not at all", arguments: [
        (#"{"strategy":"None"}"#, []),
        (#"{"strategy":"Other"}"#, ["strategy: Unsupported value: \"Other\": supported values: \"None\", \"Webhook\""]),
        (
            #"{"strategy":"None","webhook":{"clientConfig":{"url":"https://a"},"conversionReviewVersions":["v1"]}}"#,
            ["webhookClientConfig: \(noWebhook)", "conversionReviewVersions: \(noWebhook)"]
        ),
        (
            #"{"strategy":"Webhook"}"#,
            [
                "webhookClientConfig: Required value: required when strategy is set to Webhook",
                "conversionReviewVersions: Required value",
            ]
        ),
        (
            #"{"strategy":"Webhook","webhook":{"clientConfig":{},"conversionReviewVersions":["v2","v2"]}}"#,
            [
                "webhookClientConfig: Required value: exactly one of url or service is required",
                "conversionReviewVersions[1]: Invalid value: \"v2\": duplicate version",
                #"conversionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1"#,
            ]
        ),
        (
            #"{"strategy":"Webhook","webhook":{"clientConfig":{"url":"http://u@a/b?c#d"},"conversionReviewVersions":["v1"]}}"#,
            [
                "webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
                "webhookClientConfig.url: Invalid value: \"u\": user information is not permitted in the URL",
                "webhookClientConfig.url: Invalid value: \"d\": fragments are not permitted in the URL",
                "webhookClientConfig.url: Invalid value: \"c\": query parameters are not permitted in the URL",
            ]
        ),
        (
            #"{"strategy":"Webhook","webhook":{"clientConfig":{"service":{"name":"a","path":"b//","port":0}},"conversionReviewVersions":["v1"]}}"#,
            [
                "webhookClientConfig.service.name: Required value",
                "webhookClientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
                "webhookClientConfig.service.path: Invalid value: \"b//\": must start with a '/'",
                "webhookClientConfig.service.path: Invalid value: \"b//\": segment[0] may not be empty",
                "webhookClientConfig.service.path: Invalid value: \"b//\": segment[1] may not be empty",
            ]
        ),
    ])
    func conversion(_ conversion: String, _ expected: [String]) throws {
        var definition = try Self.definition(#"{"type":"object"}"#)
        definition[path: "spec", "conversion"] = try Value(json: conversion)
        #expect(DefinitionRules.validate(definition).map(\.description) == expected.map { "spec.conversion." + $0 })
    }
}
