/// The encodings that the server reads and writes.
package enum Encoding: String, Sendable {
    case json = "application/json"
    case yaml = "application/yaml"
    case protobuf = "application/vnd.kubernetes.protobuf"
    /// Behind the gate ``FeatureGates/Gate/cborServingAndStorage``.
    case cbor = "application/cbor"
}

/// What a client accepts: an encoding, and possibly another shape than the object's own.
package struct NegotiatedType: Sendable, Equatable {
    package enum Shape: String, Sendable {
        case object = ""
        case table = "Table"
        case partial = "PartialObjectMetadata"
        case partialList = "PartialObjectMetadataList"
    }

    package var encoding: Encoding
    package var shape: Shape
    /// The version of `meta.k8s.io` for tables and metadata.
    package var metaVersion: String

    package static let json = NegotiatedType(encoding: .json, shape: .object, metaVersion: "v1")

    /// What a client is told when it speaks nothing of it.
    package static func supported(_ gates: FeatureGates) -> [String] {
        let always: [Encoding] = [.json, .yaml, .protobuf]
        return (gates[.cborServingAndStorage] ? always + [.cbor] : always).map(\.rawValue)
    }

    /// The first acceptable type in the client's order; `nil` when there is none (406).
    package static func negotiate(accept: String?, _ gates: FeatureGates) -> NegotiatedType? {
        guard let accept, !accept.isEmpty else { return .json }
        if accept == "application/json" { return .json }
        var fallback: NegotiatedType?
        for clause in accept.split(separator: ",") {
            guard let type = parse(clause) else { continue }
            if type.encoding == .cbor, !gates[.cborServingAndStorage] { continue }
            return type
        }
        if accept.contains("*/*") || accept.contains("application/*") { fallback = .json }
        return fallback
    }

    private static func parse(_ clause: Substring) -> NegotiatedType? {
        let parts = clause.split(separator: ";").map { $0.trimmed }
        guard let first = parts.first else { return nil }
        let encoding: Encoding
        switch first {
        case "application/json", "*/*", "application/*": encoding = .json
        case "application/yaml", "application/x-yaml": encoding = .yaml
        case "application/vnd.kubernetes.protobuf": encoding = .protobuf
        case "application/cbor": encoding = .cbor
        case _: return nil
        }
        var type = NegotiatedType(encoding: encoding, shape: .object, metaVersion: "v1")
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            guard pair.count == 2 else { continue }
            switch pair[0] {
            case "as":
                guard let shape = Shape(rawValue: pair[1]) else { return nil }
                type.shape = shape
            case "v":
                guard pair[1] == "v1" || pair[1] == "v1beta1" else { return nil }
                type.metaVersion = pair[1]
            case "g":
                guard pair[1] == "meta.k8s.io" || pair[1] == "apidiscovery.k8s.io" else { return nil }
            case _:
                break
            }
        }
        return type
    }
}

extension StringProtocol {
    var trimmed: String {
        var text = Substring(self)
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
