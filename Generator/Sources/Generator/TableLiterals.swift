/// The tables as text literals that the product parses when it needs them.
///
/// A line that begins with `=` starts a type: name, shape, protobuf name, merge. The lines after it are its fields:
/// name, type, number, presence, JSON, required, merge, patch, default, value set. Cells are separated by tabs,
/// trailing empty ones are left out; types of the same package are written as `.Name`, and a protobuf name that is
/// the protobuf package and the type's name as `*`.
struct TableLiterals {
    let tables: Tables

    init(_ tables: Tables) { self.tables = tables }

    var files: [(path: String, text: String)] {
        var files = [("Packages.swift", packages), ("Kinds.swift", kinds), ("ValueSets.swift", sets)]
        let groups = Dictionary(grouping: tables.packages) { String($0.name.prefix { $0 != "/" }) }
        for (group, packages) in groups {
            let name = StructNames.capitalised(group) + "Tables"
            var text = "/// The types of the packages `\(group)`.\nextension TypeTables {\n"
            for package in packages {
                text += "    static let \(member(package.name)): StaticString = \(literal(types(of: package)))\n"
            }
            files.append(("\(name).swift", text + "}\n"))
        }
        return files
    }

    private var packages: String {
        let rows = tables.packages.map { [$0.name, $0.group, $0.version, $0.protobufPackage, $0.openAPIPrefix] }
        let cases = tables.packages.map { "        case \"\($0.name)\": \(member($0.name))\n" }.joined()
        return """
            /// The types of the API, a literal for each package.
            package enum TypeTables {
                /// Name, group, version, protobuf package, OpenAPI prefix.
                package static let packages: StaticString = \(literal(rows))

                /// The types of a package, `nil` when there is no such package.
                package static func types(of package: String) -> StaticString? {
                    switch package {

            """ + cases + """
                    default: nil
                    }
                }
            }

            """
    }

    private var kinds: String {
        """
        /// The served resources.
        package enum KindTable {
            /// Group, version, kind, list kind, plural, singular, short names, categories, namespaced, verbs,
            /// subresources, storage version, served by default, type.
            package static let text: StaticString = \(literal(tables.kinds.map { Array($0.cells.prefix(14)) }))
        }

        """
    }

    private var sets: String {
        """
        /// The named sets of values.
        package enum ValueSetTable {
            /// Name, `closed` or `open`, values.
            package static let text: StaticString = \(literal(
                tables.sets.map { [$0.name, $0.isClosed ? "closed" : "open", $0.values.joined(separator: ",")] }))
        }

        """
    }

    private func types(of package: Tables.Package) -> [[String]] {
        var rows: [[String]] = []
        for message in tables.messages where message.package == package.name {
            let usual = "\(package.protobufPackage).\(message.bareName)"
            rows.append([
                "=" + message.bareName, message.shape, message.protobufName == usual ? "*" : message.protobufName,
                message.merge,
            ])
            for field in message.fields {
                rows.append([
                    field.name, field.type.replacing("\(package.name).", with: "."), field.number, field.presence,
                    field.json, field.required, field.merge, field.patch, field.defaultValue, field.allowed,
                ])
            }
        }
        return rows
    }

    private func literal(_ rows: [[String]]) -> String {
        let lines = rows.map { row in
            var cells = row
            while cells.last == "" { cells.removeLast() }
            return cells.joined(separator: "\t")
        }
        return "#\"\"\"\n\(lines.joined(separator: "\n"))\n\"\"\"#"
    }

    /// `coreV1` of `core/v1`.
    private func member(_ package: String) -> String {
        let parts = package.split(separator: "/")
        return String(parts[0]) + parts.dropFirst().map { StructNames.capitalised(String($0)) }.joined()
    }
}
