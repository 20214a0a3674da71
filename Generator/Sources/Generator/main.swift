import Foundation

// usage: Generator TABLES SOURCES
let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    FileHandle.standardError.write(Data("usage: Generator TABLES SOURCES\n".utf8))
    exit(64)
}
let tables = try Tables(folder: arguments[1])
let names = FieldNameList(tables)
var output = Output(root: arguments[2])
output.add("APITables/FieldNames.swift", names.source)
for (path, text) in TableLiterals(tables).files { output.add("APITables/\(path)", text) }
for (path, text) in StructFiles(tables, names).files { output.add("APITypes/Generated/\(path)", text) }
try output.write(folders: ["APITables", "APITypes/Generated"])
