import Foundation

/// The API tables, row by row; Tables/README.md says what the columns mean.
struct Tables {
    struct Package {
        var name, group, version, protobufPackage, openAPIPrefix: String
    }

    struct Kind {
        var cells: [String]
        var group: String { cells[0] == "-" ? "" : cells[0] }
        var version: String { cells[1] }
        var kind: String { cells[2] }
        var plural: String { cells[4] }
        var isNamespaced: Bool { cells[8] == "true" }
        var isServedByDefault: Bool { cells[12] == "yes" }
        var type: String { cells[13] }
    }

    struct Message {
        var name, shape, protobufName, merge: String
        var fields: [Field] = []
        /// `core/v1` of `core/v1.Pod`; empty for builtins.
        var package: String { Tables.package(of: name) }
        /// `Pod` of `core/v1.Pod`.
        var bareName: String { Tables.bareName(of: name) }
    }

    struct Field {
        var name, type, number, required, presence, json, merge, patch, defaultValue, allowed: String
    }

    struct ValueSet {
        var name: String
        var isClosed: Bool
        var values: [String]
    }

    var packages: [Package] = []
    var kinds: [Kind] = []
    /// In the order of the table.
    var messages: [Message] = []
    var sets: [ValueSet] = []
    private var indexes: [String: Int] = [:]

    init(folder: String) throws {
        packages = try Tables.rows("\(folder)/packages.tsv", columns: 5).map {
            Package(
                name: $0[0], group: $0[1] == "-" ? "" : $0[1], version: $0[2], protobufPackage: $0[3],
                openAPIPrefix: $0[4])
        }
        kinds = try Tables.rows("\(folder)/kinds.tsv", columns: 15).map(Kind.init)
        messages = try Tables.rows("\(folder)/messages.tsv", columns: 6).map {
            Message(name: $0[0], shape: $0[1], protobufName: $0[2], merge: $0[3])
        }
        indexes = Dictionary(uniqueKeysWithValues: messages.enumerated().map { ($1.name, $0) })
        for file in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/types").sorted() {
            for row in try Tables.rows("\(folder)/types/\(file)", columns: 13) {
                guard let index = indexes[row[0]] else { throw TableError("\(file): unknown type \(row[0])") }
                messages[index].fields.append(
                    Field(
                        name: row[1], type: row[2], number: row[3], required: row[4], presence: row[5], json: row[6],
                        merge: row[7], patch: row[8], defaultValue: row[9], allowed: row[10]))
            }
        }
        for row in try Tables.rows("\(folder)/enums.tsv", columns: 4) {
            if sets.last?.name != row[0] {
                sets.append(ValueSet(name: row[0], isClosed: row[2] == "closed", values: []))
            }
            sets[sets.count - 1].values.append(row[1])
        }
    }

    func message(_ name: String) -> Message {
        guard let index = indexes[name] else { fatalError("no type \(name) in the tables") }
        return messages[index]
    }

    func package(_ name: String) -> Package {
        guard let package = packages.first(where: { $0.name == name }) else { fatalError("no package \(name)") }
        return package
    }

    static func package(of type: String) -> String {
        type.lastIndex(of: ".").map { String(type[..<$0]) } ?? ""
    }

    static func bareName(of type: String) -> String {
        type.lastIndex(of: ".").map { String(type[type.index(after: $0)...]) } ?? type
    }

    private static func rows(_ file: String, columns: Int) throws -> [[String]] {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        return text.split(separator: "\n").filter { !$0.hasPrefix("# ") }.dropFirst().map { line in
            var cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            while cells.count < columns { cells.append("") }
            return cells
        }
    }
}

struct TableError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
