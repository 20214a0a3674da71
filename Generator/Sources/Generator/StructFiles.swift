/// The files with structs: some for each package.
struct StructFiles {
    let models: StructModels
    let ids: FieldNameList

    /// Files of about this many lines let the compiler work on several at once.
    private static let linesMax = 1200

    init(_ tables: Tables, _ ids: FieldNameList) {
        models = StructModels(tables)
        self.ids = ids
    }

    var files: [(path: String, text: String)] {
        var files: [(path: String, text: String)] = []
        let packages = Dictionary(grouping: models.messages.filter { $0.shape != "union" }, by: \.package)
        for (package, messages) in packages {
            let base = package.split(separator: "/").map { StructNames.capitalised(String($0)) }.joined()
            let texts = messages.sorted { $0.name < $1.name }.map { source(of: $0) }
            var parts: [String] = [""]
            var lines = 0
            for text in texts {
                let length = text.count { $0 == "\n" }
                if lines + length > StructFiles.linesMax, lines > 0 {
                    parts.append("")
                    lines = 0
                }
                parts[parts.count - 1] += "\n" + text
                lines += length
            }
            for (index, part) in parts.enumerated() {
                let imports = "package import APIMachinery\n" + (uses(part) ? "package import Determinism\n" : "")
                files.append(("\(base)\(parts.count > 1 ? "Part\(index + 1)" : "").swift", imports + part))
            }
        }
        files.append(("ObjectTypes.swift", objectTypes))
        return files
    }

    private var objectTypes: String {
        let names = models.messages.filter { resource(of: $0) != nil }.map { models.names.name($0.name) }.sorted()
        return """
            /// Every object that has a struct.
            package enum ObjectTypes {
                package static let all: [any APIObject.Type] = [

            """ + names.map { "        \($0).self,\n" }.joined() + """
                ]
            }

            """
    }

    /// The resource that the type is the object of.
    private func resource(of message: Tables.Message) -> Tables.Kind? {
        guard message.fields.contains(where: { $0.name == "metadata" && $0.type == "meta/v1.ObjectMeta" }) else {
            return nil
        }
        return models.tables.kinds.first { $0.type == message.name }
    }

    private func uses(_ text: String) -> Bool { text.contains("Timestamp") }

    private func source(of message: Tables.Message) -> String {
        let model = models.model(message)
        let resource = resource(of: message)
        let protocolName = resource == nil ? "APIStruct" : "APIObject"
        var text = "/// `\(message.name)`\npackage struct \(model.name): \(protocolName) {\n"
        if let resource { text += statics(resource) + "\n" }
        for field in model.fields { text += "    \(declaration(field))\n" }
        text += model.fields.isEmpty ? "" : "\n"
        text += "    package init() {}\n\n" + decoder(model) + "\n" + encoder(model)
        return text + "}\n"
    }

    private func statics(_ kind: Tables.Kind) -> String {
        """
            package static var resource: GroupVersionResource {
                GroupVersionResource(group: "\(kind.group)", version: "\(kind.version)", resource: "\(kind.plural)")
            }
            package static var gvk: GroupVersionKind {
                GroupVersionKind(group: "\(kind.group)", version: "\(kind.version)", kind: "\(kind.kind)")
            }
            package static var isNamespaced: Bool { \(kind.isNamespaced) }

        """
    }

    // MARK: Properties

    private func declaration(_ field: StructModel.Field) -> String {
        if case .structure(let name, isBoxed: true) = field.kind {
            return field.isOptional
                ? "@OptionalBox package var \(field.property): \(name)?"
                : "@Box package var \(field.property): \(name)"
        }
        let type = swiftType(field.kind)
        return field.isOptional
            ? "package var \(field.property): \(type)?"
            : "package var \(field.property): \(type) = \(zero(field.kind))"
    }

    private func swiftType(_ kind: StructModel.Kind) -> String {
        switch kind {
        case .string: "String"
        case .bool: "Bool"
        case .int32: "Int32"
        case .int64: "Int64"
        case .double: "Double"
        case .bytes: "[UInt8]"
        case .time, .microTime: "Timestamp"
        case .duration: "Duration"
        case .quantity: "Quantity"
        case .intOrString: "IntOrString"
        case .value: "Value"
        case .structure(let name, _): name
        case .list(let element): "[\(swiftType(element))]"
        case .map(let element): "[String: \(swiftType(element))]"
        case .stringList: "[String]"
        }
    }

    private func zero(_ kind: StructModel.Kind) -> String {
        switch kind {
        case .string: #""""#
        case .bool: "false"
        case .int32, .int64, .double: "0"
        case .bytes, .list, .stringList: "[]"
        case .map: "[:]"
        case .quantity, .time, .microTime, .structure: "\(swiftType(kind))()"
        case .duration: ".zero"
        case .intOrString: ".int(0)"
        case .value: ".null"
        }
    }

    // MARK: Coders

    private func decoder(_ model: StructModel) -> String {
        var text = "    package init(from reader: inout JSONReader) throws(JSONError) {\n        self.init()\n"
        text += "        try reader.beginObject()\n"
        guard !model.fields.isEmpty else {
            return text + "        while try reader.nextField() != nil { try reader.skipValue() }\n    }\n"
        }
        text += "        while let fieldID = try reader.nextField() {\n            switch fieldID {\n"
        for field in model.fields {
            text += "            case \(ids.id(of: field.name)): \(field.property) = try \(read(field.kind))\n"
        }
        return text + "            default: try reader.skipValue()\n            }\n        }\n    }\n"
    }

    private func read(_ kind: StructModel.Kind) -> String {
        switch kind {
        case .string: "reader.readString()"
        case .bool: "reader.readBool()"
        case .int32: "reader.readInt32()"
        case .int64: "reader.readInt64()"
        case .double: "reader.readDouble()"
        case .bytes: "reader.readBase64()"
        case .time, .microTime: "reader.readTime()"
        case .duration: "reader.readDuration()"
        case .quantity: "reader.readQuantity()"
        case .intOrString: "reader.readIntOrString()"
        case .value: "reader.readValue()"
        case .structure(let name, _): "\(name)(from: &reader)"
        case .list: "reader.readList()"
        case .map(.bytes): "reader.readBytesMap()"
        case .map(.stringList): "reader.readStringListMap()"
        case .map: "reader.readMap()"
        case .stringList: "reader.readList()"
        }
    }

    private func encoder(_ model: StructModel) -> String {
        var lines = model.fields.map { (name: $0.name, text: write($0)) }
        if let version = model.apiVersion {
            lines.append(("apiVersion", "writer.apiVersion(\"\(version)\")"))
            lines.append(("kind", "writer.kind(\"\(model.table.bareName)\")"))
            lines.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
        return "    package func encode(to writer: inout JSONWriter) {\n        writer.beginObject()\n"
            + lines.map { "        \($0.text)\n" }.joined() + "        writer.endObject()\n    }\n"
    }

    private func write(_ field: StructModel.Field) -> String {
        let arguments = "(\"\(field.name)\", \(field.property))"
        let suffix: String =
            switch field.kind {
            case .string: "String"
            case .bool: "Bool"
            case .int32: "Int32"
            case .int64: "Int64"
            case .double: "Double"
            case .bytes: "Bytes"
            case .time: "Time"
            case .microTime: "MicroTime"
            case .list, .stringList: "List"
            case .map(.bytes): "BytesMap"
            case .map(.stringList): "StringListMap"
            case .map: "Map"
            case .duration, .quantity, .intOrString, .value, .structure: ""
            }
        let rule =
            switch (field.isOptional, field.isAlways) {
            case (true, true): "orNull"
            case (true, false): "present"
            case (false, true): "always"
            case (false, false): "nonZero"
            }
        return "writer.\(rule)\(suffix)\(arguments)"
    }
}
