internal import APIMachinery

/// How a document is encoded.
enum OpenAPIEncoding: Hashable, Sendable {
    case json
    case protobuf
}

/// Encoded entries of a document's paths and definitions, so that documents can be put together without encoding
/// anything twice: in JSON with commas between them, in protobuf fields one after the other.
struct OpenAPIFragment: Sendable {
    let paths: [UInt8]
    let definitions: [UInt8]
    /// The names of the definitions.
    let names: Set<String>

    init(
        _ dialect: OpenAPIDialect, _ encoding: OpenAPIEncoding, paths: [(path: String, item: Value)],
        definitions: [(name: String, schema: Value)]
    ) {
        names = Set(definitions.map { $0.name })
        switch encoding {
        case .json:
            self.paths = Self.json(paths.map { ($0.path, $0.item) })
            self.definitions = Self.json(definitions.map { ($0.name, $0.schema) })
        case .protobuf:
            let (item, schema) = dialect == .v2 ? (GnosticV2.pathItem, GnosticV2.schema) : (GnosticV3.pathItem, GnosticV3.schema)
            self.paths = Self.protobuf(paths.map { ($0.path, $0.item) }, number: dialect == .v2 ? 2 : 1, item)
            self.definitions = Self.protobuf(definitions.map { ($0.name, $0.schema) }, number: 1, schema)
        }
    }

    private static func json(_ entries: [(String, Value)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in entries {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: Value.string(name).json)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: value.json)
        }
        return bytes
    }

    private static func protobuf(_ entries: [(String, Value)], number: Int, _ kind: GnosticKind) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in entries { GnosticEncoder.append(GnosticEncoder.named(name, value, kind), number, to: &bytes) }
        return bytes
    }
}

/// Puts whole documents together.
struct OpenAPIAssembly {
    let dialect: OpenAPIDialect
    let encoding: OpenAPIEncoding
    /// The server's version.
    let version: String

    func document(_ fragments: [OpenAPIFragment]) -> Document {
        let paths = fragments.map(\.paths).filter { !$0.isEmpty }
        let definitions = fragments.map(\.definitions).filter { !$0.isEmpty }
        switch encoding {
        case .json: return Document(json(paths, definitions), contentType: "application/json")
        case .protobuf:
            let name = dialect == .v2 ? "v2" : "v3"
            return Document(
                protobuf(paths, definitions),
                contentType: "application/com.github.proto-openapi.spec.\(name).v1.0+protobuf")
        }
    }

    private var head: Value {
        let info: Value = ["title": "Kubernetes", "version": .string(version)]
        return switch dialect {
        case .v2: ["swagger": "2.0", "info": info]
        case .v3: ["openapi": "3.0.0", "info": info]
        }
    }

    private func json(_ paths: [[UInt8]], _ definitions: [[UInt8]]) -> [[UInt8]] {
        var head = head.json
        head.removeLast()
        let middle = dialect == .v2 ? "},\"definitions\":{" : "},\"components\":{\"schemas\":{"
        let scheme: Value = [
            "BearerToken": [
                "description": "Bearer Token authentication", "type": "apiKey", "name": "authorization", "in": "header",
            ]
        ]
        var tail = Array((dialect == .v2 ? "},\"securityDefinitions\":" : "},\"securitySchemes\":").utf8)
        tail += scheme.json + Array((dialect == .v2 ? "" : "}").utf8)
        tail += Array(",\"security\":[{\"BearerToken\":[]}]}\n".utf8)
        return [head + Array(",\"paths\":{".utf8)] + Self.separated(paths) + [Array(middle.utf8)]
            + Self.separated(definitions) + [tail]
    }

    private static func separated(_ pieces: [[UInt8]]) -> [[UInt8]] {
        Array(pieces.map { [$0] }.joined(separator: [[UInt8(ascii: ",")]]))
    }

    private func protobuf(_ paths: [[UInt8]], _ definitions: [[UInt8]]) -> [[UInt8]] {
        switch dialect {
        case .v2:
            [GnosticEncoder.encode(head, GnosticV2.document)] + Self.field(GnosticV2.paths, paths)
                + Self.field(GnosticV2.definitions, definitions)
        case .v3:
            [GnosticEncoder.encode(head, GnosticV3.document)] + Self.field(GnosticV3.paths, paths)
                + Self.field(GnosticV3.components, Self.field(GnosticV3.schemas, definitions))
        }
    }

    /// A message whose contents are these pieces.
    private static func field(_ number: Int, _ pieces: [[UInt8]]) -> [[UInt8]] {
        var head: [UInt8] = []
        GnosticEncoder.appendVarint(UInt64(number) << 3 | 2, to: &head)
        GnosticEncoder.appendVarint(UInt64(pieces.reduce(0) { $0 + $1.count }), to: &head)
        return [head] + pieces
    }
}
