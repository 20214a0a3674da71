/// A struct to write.
struct StructModel {
    /// The Swift type of a field's value.
    indirect enum Kind {
        case string, bool, int32, int64, double, bytes, time, microTime, duration, quantity, intOrString, value
        /// A struct, and whether it is kept in a box.
        case structure(String, isBoxed: Bool)
        case list(Kind)
        case map(Kind)
        /// A list that protobuf wraps in a message.
        case stringList
    }

    struct Field {
        var name: String
        var kind: Kind
        /// Optional in Swift.
        var isOptional: Bool
        /// Written although nothing is set.
        var isAlways: Bool
        var omitsZero: Bool
        var property: String { StructNames.property(name) }
    }

    var table: Tables.Message
    var name: String
    /// In the order of their names.
    var fields: [Field]
    /// `apiVersion` of types that carry one.
    var apiVersion: String?
}

/// The chosen types, their Swift names and sizes.
struct StructModels {
    let tables: Tables
    let names: StructNames
    /// Messages without those that are something else in Swift.
    let messages: [Tables.Message]
    private var sizes: [String: Int] = [:]

    /// Larger structs are kept in boxes: four words.
    private static let unboxedSizeMax = 32

    init(_ tables: Tables) {
        self.tables = tables
        var pending = Roots.types(tables)
        var seen = Set(pending)
        var reached: [Tables.Message] = []
        while let name = pending.popLast() {
            let message = tables.message(name)
            if !message.fields.contains(where: { $0.json == "-" && message.shape == "wrapper" }) {
                reached.append(message)
            }
            for field in message.fields where field.name != "TypeMeta" {
                let type = StructModels.element(field.type)
                guard type.contains("/"), !seen.contains(type) else { continue }
                // Inlined structs are spread out; they are structs of their own only where another field needs them.
                if field.json == "inline" {
                    pending += StructModels.referred(tables.message(type), tables).filter { seen.insert($0).inserted }
                } else {
                    seen.insert(type)
                    pending.append(type)
                }
            }
        }
        messages = reached
        names = StructNames(reached)
        for message in reached { _ = size(of: message.name) }
    }

    /// The types of an inlined struct's fields.
    private static func referred(_ message: Tables.Message, _ tables: Tables) -> [String] {
        message.fields.flatMap { field in
            let type = element(field.type)
            if field.json == "inline" { return referred(tables.message(type), tables) }
            return type.contains("/") ? [type] : []
        }
    }

    /// What a list or map holds, else the type itself.
    static func element(_ type: String) -> String {
        if type.hasPrefix("list<") { return element(String(type.dropFirst(5).dropLast())) }
        if type.hasPrefix("map<string,") { return element(String(type.dropFirst(11).dropLast())) }
        return type
    }

    func model(_ message: Tables.Message) -> StructModel {
        let package = tables.package(message.package)
        let hasTypeMeta = message.fields.contains { $0.name == "TypeMeta" }
        return StructModel(
            table: message, name: names.name(message.name),
            fields: spread(message).map(field).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) },
            apiVersion: hasTypeMeta ? apiVersion(message, package) : nil)
    }

    /// Options, statuses and discovery documents say `v1` although their package is meta.k8s.io.
    private func apiVersion(_ message: Tables.Message, _ package: Tables.Package) -> String {
        let ofMeta: Set = ["Table", "PartialObjectMetadata"]
        if package.name == "meta/v1", !ofMeta.contains(message.bareName) { return "v1" }
        return package.group.isEmpty ? package.version : "\(package.group)/\(package.version)"
    }

    /// The fields with inlined structs spread out.
    private func spread(_ message: Tables.Message) -> [Tables.Field] {
        message.fields.filter { $0.name != "TypeMeta" && $0.json != "-" }.flatMap { field in
            field.json == "inline" ? spread(tables.message(field.type)) : [field]
        }
    }

    private func field(_ row: Tables.Field) -> StructModel.Field {
        let kind = kind(row.type)
        let isOptional: Bool =
            switch kind {
            case .list, .map, .stringList, .bytes: false
            case .time, .microTime: true
            default: row.presence == "p"
            }
        // A message that is a value is written even when it is empty, whatever `omitempty` says.
        let isMessage: Bool =
            switch kind {
            case .structure, .time, .microTime, .duration, .quantity, .intOrString, .value: true
            default: false
            }
        let emission = row.json.split(separator: ",")
        let omitsZero = emission.contains("omitzero")
        let isAlways = emission.contains("always") || (isMessage && row.presence == "v" && !omitsZero)
        return StructModel.Field(
            name: row.name, kind: kind, isOptional: isOptional, isAlways: isAlways, omitsZero: omitsZero)
    }

    private func kind(_ type: String) -> StructModel.Kind {
        switch type {
        case "string": return .string
        case "bool": return .bool
        case "int32": return .int32
        case "int64": return .int64
        case "double": return .double
        case "bytes": return .bytes
        case "time": return .time
        case "microTime": return .microTime
        case "duration": return .duration
        case "quantity": return .quantity
        case "intOrString": return .intOrString
        case "rawExtension", "fieldsV1", "json", "any": return .value
        default: break
        }
        if type.hasPrefix("list<") { return .list(kind(StructModels.element(type))) }
        if type.hasPrefix("map<") { return .map(kind(StructModels.element(type))) }
        let message = tables.message(type)
        if message.shape == "wrapper" { return .stringList }
        return .structure(names.name(type), isBoxed: (sizes[type] ?? .max) > StructModels.unboxedSizeMax)
    }

    /// Bytes, roughly; a struct that is asked for while it is being measured contains itself and is large.
    private mutating func size(of type: String) -> Int {
        if let size = sizes[type] { return size }
        let message = tables.message(type)
        guard message.shape != "union" else { return record(type, 64) }
        sizes[type] = .max
        var total = 0
        for field in spread(message) { total += size(of: field) }
        return record(type, (total + 7) / 8 * 8)
    }

    private mutating func record(_ type: String, _ size: Int) -> Int {
        sizes[type] = size
        return size
    }

    private mutating func size(of field: Tables.Field) -> Int {
        switch field.type {
        case "bool": return 1
        case "int32": return field.presence == "p" ? 8 : 4
        case "int64", "double": return field.presence == "p" ? 16 : 8
        case "string", "time", "microTime", "duration": return 16
        case "quantity": return 32
        case "intOrString", "rawExtension", "fieldsV1", "json": return 24
        default: break
        }
        guard field.type.contains("/"), !field.type.contains("<") else { return 8 }
        guard tables.message(field.type).shape != "wrapper" else { return 8 }
        let nested = size(of: field.type)
        return nested > StructModels.unboxedSizeMax ? 8 : nested
    }
}
