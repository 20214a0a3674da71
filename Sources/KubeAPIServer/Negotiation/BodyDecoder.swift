internal import APIMachinery
internal import CBOR

/// Reads the object of a request's body, whatever it is written in.
struct BodyDecoder: Sendable {
    /// Upstream's limit for request bodies.
    static let bodyMax = 3 * 1024 * 1024

    /// What happens to fields that the schema does not know.
    enum FieldValidation: String {
        case strict = "Strict"
        case warn = "Warn"
        case ignore = "Ignore"
    }

    /// What the query asks for, which ``WriteOptions`` has checked.
    static func fieldValidation(_ query: QueryParameters) -> FieldValidation {
        query["fieldValidation"].flatMap(FieldValidation.init(rawValue:)) ?? .warn
    }

    /// Reads a body that must be of one kind, and brings it into canonical form.
    static func decode(
        _ body: [UInt8], contentType: String?, kind: GroupVersionKind, schema: SchemaType?, custom: CustomVersion? = nil,
        validation: FieldValidation, warnings: WarningCollector, gates: FeatureGates
    ) throws(StatusError) -> Value {
        var problems: [String] = []
        var value: Value
        do throws(StatusError) {
            value = try parse(body, contentType: contentType, duplicates: &problems, gates: gates)
            guard case .object = value else {
                throw .badRequest("\(noKind)json: cannot unmarshal \(value.kindName) into Go value of type \(goKind)")
            }
        } catch where error.reason == .badRequest {
            throw .badRequest(
                "the object provided is unrecognized (must be of type \(kind.kind)): \(error.message) (\(summary(body)))")
        }
        try checkKind(&value, kind)
        try normalize(&value, schema: schema, custom: custom, problems: &problems)
        try report(problems, kind: kind, validation: validation, warnings: warnings)
        return value
    }

    /// What upstream reads a kind into.
    private static let goKind =
        #"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#
    private static let noKind = "couldn't get version/kind; json parse error: "
    /// Bytes of a body that an error shows.
    private static let shownMax = 30

    /// The beginning of a body that is nothing: as it is if it might be JSON, else its bytes.
    private static func summary(_ body: [UInt8]) -> String {
        guard let first = body.first else { return "<empty>" }
        let shown = body.prefix(shownMax)
        let text =
            first == UInt8(ascii: "{")
            ? String(decoding: shown, as: UTF8.self)
            : shown.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return body.count > shownMax ? text + " ..." : text
    }

    /// Reads JSON, YAML, protobuf or CBOR as it stands.
    static func parse(
        _ body: [UInt8], contentType: String?, duplicates: inout [String], gates: FeatureGates, limit: Int = bodyMax
    ) throws(StatusError) -> Value {
        guard body.count <= limit else { throw .requestTooLarge("limit is \(limit)") }
        let type = (contentType ?? "application/json").split(separator: ";").first.map { $0.trimmed } ?? ""
        do throws {
            switch type {
            case "application/json", "":
                return try Value(json: body, duplicates: &duplicates)
            case "application/yaml", "application/x-yaml", "application/apply-patch+yaml":
                return try YAMLBody.parse(body).first ?? .null
            case "application/vnd.kubernetes.protobuf":
                return try ProtobufCodec.decode(body) { SchemaCatalog.builtin.type(for: $0) }
            case CBORCodec.contentType where gates[.cborServingAndStorage]:
                return try CBORCodec.decode(body)
            case _:
                throw StatusError.unsupportedMediaType(NegotiatedType.supported(gates))
            }
        } catch let error as StatusError {
            throw error
        } catch let error as JSONError {
            throw .badRequest(noKind + error.message)
        } catch let error as CBORError {
            throw .badRequest("unable to determine group/version/kind: \(error)")
        } catch {
            throw .badRequest("\(error)")
        }
    }

    private static func checkKind(_ value: inout Value, _ kind: GroupVersionKind) throws(StatusError) {
        let apiVersion = value["apiVersion"]?.stringValue ?? ""
        let sentKind = value["kind"]?.stringValue ?? ""
        if apiVersion.isEmpty { value["apiVersion"] = .string(kind.groupVersion.description) }
        if sentKind.isEmpty { value["kind"] = .string(kind.kind) }
        if !sentKind.isEmpty, sentKind != kind.kind {
            throw .badRequest("\(sentKind) in version \"\(GroupVersion(apiVersion).version)\" cannot be handled as a \(kind.kind): expected \(kind.kind)")
        }
        guard apiVersion.isEmpty || apiVersion == kind.groupVersion.description else {
            throw .badRequest(
                "the API version in the data (\(apiVersion)) does not match the expected API version (\(kind.groupVersion))")
        }
    }

    /// Brings a value into canonical form; unknown fields are removed and named in `problems`.
    ///
    /// - base: what the value was made from, in canonical form.
    static func normalize(
        _ value: inout Value, from base: Value = .null, schema: SchemaType?, custom: CustomVersion? = nil,
        problems: inout [String]
    ) throws(StatusError) {
        // Read first: a walk that fails leaves the value half taken apart.
        let kind = value["kind"]?.stringValue ?? "object"
        let version = GroupVersion(value["apiVersion"]?.stringValue ?? "").version
        do throws(SchemaError) {
            if let custom {
                try custom.settle(&value, problems: &problems)
            } else if let schema {
                problems += try SchemaWalk.normalize(&value, from: base, as: schema).map(SchemaWalk.unknownFieldMessage)
            }
        } catch {
            throw .badRequest("\(kind) in version \"\(version)\" cannot be handled as a \(kind): \(error)")
        }
    }

    static func report(
        _ problems: [String], kind: GroupVersionKind, validation: FieldValidation, warnings: WarningCollector
    ) throws(StatusError) {
        guard !problems.isEmpty else { return }
        switch validation {
        case .strict:
            throw .badRequest(
                "\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): strict decoding error: "
                    + problems.joined(separator: ", "))
        case .warn:
            for problem in problems { warnings.add(problem) }
        case .ignore:
            break
        }
    }
}
