package import APIMachinery
internal import APIRegistry

/// What a conversion webhook is asked and what it may answer (apiextensions.k8s.io v1 and v1beta1, which have the same
/// fields; only v1 must answer with its own name and the question's UID).
package enum ConversionReview {
    private static let spokenVersions: Set<String> = ["v1", "v1beta1"]

    /// The first version that is spoken here, too.
    package static func version(among accepted: [String]) -> String? { accepted.first(where: spokenVersions.contains) }

    package static func request(_ objects: [Value], to target: GroupVersion, version: String, uid: String) -> Value {
        [
            "apiVersion": .string("apiextensions.k8s.io/\(version)"), "kind": "ConversionReview",
            "request": [
                "uid": .string(uid), "desiredAPIVersion": .string(target.description), "objects": .array(objects),
            ],
        ]
    }

    /// The objects of an answer, in the words of upstream where it is none.
    package static func objects(in review: Value, version: String, uid: String) throws(WebhookCallError) -> [Value] {
        if version == "v1" {
            let expected = "apiextensions.k8s.io/v1, Kind=ConversionReview"
            let got = "\(review["apiVersion"]?.stringValue ?? ""), Kind=\(review["kind"]?.stringValue ?? "")"
            guard got == expected else {
                throw WebhookCallError("expected webhook response of \(expected), got \(got)")
            }
        }
        guard let response = review["response"], !response.isNull else { throw WebhookCallError("no response provided") }
        let answered = response["uid"]?.stringValue ?? ""
        guard version != "v1" || answered == uid else {
            throw WebhookCallError("expected response.uid=\"\(uid)\", got \"\(answered)\"")
        }
        let status = response[path: "result", "status"]?.stringValue ?? ""
        guard status == "Success" else {
            let message = response[path: "result", "message"]?.stringValue ?? ""
            throw WebhookCallError(message.isEmpty ? "response.result.status was '\(status)', not 'Success'" : message)
        }
        return response["convertedObjects"]?.arrayValue ?? []
    }

    /// What is wrong with a converted object: which part of it, and why.
    package struct Fault: Error, Equatable {
        package enum Part: Sendable {
            case kind
            case object
            case metadata
        }

        package let part: Part
        package let message: String

        /// Upstream's words, which differ for one object and for several.
        func text(at index: Int, of count: Int) -> String {
            let place = count == 1
                ? ["invalid object at index 0", "invalid object", "invalid metadata"]
                : [
                    "invalid converted object at index \(index)", "invalid converted object at index \(index)",
                    "invalid metadata in object at index \(index)",
                ]
            return switch part {
            case .kind: "\(place[0]): \(message)"
            case .object: "\(place[1]): \(message)"
            case .metadata: "\(place[2]): \(message)"
            }
        }
    }

    /// The converted object with the metadata of the original, of which a webhook may change labels and annotations.
    package static func settled(
        _ converted: Value, from original: Value, version: GroupVersion
    ) throws(Fault) -> Value {
        let got = GroupVersion(converted["apiVersion"]?.stringValue ?? "")
        guard got == version else {
            throw Fault(part: .kind, message: "invalid groupVersion (expected \(version), received \(got))")
        }
        let (kind, sentKind) = (converted["kind"]?.stringValue ?? "", original["kind"]?.stringValue ?? "")
        guard kind == sentKind else {
            throw Fault(part: .kind, message: "invalid kind (expected \(sentKind), received \(kind))")
        }
        for (name, word) in [("name", "name"), ("namespace", "namespace"), ("uid", "UID")] {
            let before = original[path: "metadata", name]?.stringValue ?? ""
            let after = converted[path: "metadata", name]?.stringValue ?? ""
            guard before == after else {
                throw Fault(part: .object, message: "must have the same \(word): \(before) != \(after)")
            }
        }
        var settled = converted
        settled["metadata"] = try metadata(converted["metadata"], from: original["metadata"] ?? .emptyObject)
        return settled
    }

    private static func metadata(_ converted: Value?, from original: Value) throws(Fault) -> Value {
        guard let converted else { throw Fault(part: .metadata, message: "missing metadata in converted object") }
        guard case .object = converted else {
            throw Fault(part: .metadata, message: "invalid metadata of type \(goType(converted)) in converted object")
        }
        var metadata = original
        for field in ["labels", "annotations"] {
            metadata[field] = nil
            guard let map = converted[field], !map.isNull else { continue }
            guard case .object(let entries) = map else {
                throw Fault(
                    part: .metadata, message: "invalid metadata.\(field) of type \(goType(map)) in converted object")
            }
            for entry in entries where entry.value.stringValue == nil {
                throw Fault(
                    part: .metadata,
                    message: "metadata.\(field)[\(entry.name)] must be a string, but is \(goType(entry.value)) in "
                        + "converted object")
            }
            if map != original[field] { try check(map, field) }
            metadata[field] = map
        }
        return metadata
    }

    private static func check(_ map: Value, _ field: String) throws(Fault) {
        let errors = field == "labels"
            ? ObjectMetaRules.validateLabels(map, at: "metadata.labels") : ObjectMetaRules.validateAnnotations(map)
        guard let first = errors.first else { return }
        let text = errors.count == 1
            ? first.description : "[" + errors.map(\.description).joined(separator: ", ") + "]"
        throw Fault(part: .metadata, message: text)
    }

    private static func goType(_ value: Value) -> String { GoText.typeName(value) ?? "<nil>" }
}
