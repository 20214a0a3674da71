/// An object among others of its kind: what it is says the list.
package enum ListItem {
    private static let unsaid: Set<[UInt8]> = [Array("apiVersion".utf8), Array("kind".utf8)]

    /// Appends the object without its version and kind, wherever they stand among its fields. The object is JSON as the
    /// server writes it: without spaces.
    package static func append(_ object: [UInt8], to list: inout [UInt8]) {
        list.append(UInt8(ascii: "{"))
        var isFirst = true
        var index = 1
        while index < object.count, object[index] == UInt8(ascii: "\"") {
            let start = index
            let name = end(of: object, from: index)
            index = end(of: object, from: name + 1)
            if !unsaid.contains(Array(object[(start + 1)..<(name - 1)])) {
                if !isFirst { list.append(UInt8(ascii: ",")) }
                list.append(contentsOf: object[start..<index])
                isFirst = false
            }
            // The comma, or the end.
            index += 1
        }
        list.append(UInt8(ascii: "}"))
    }

    /// What follows the value that begins here.
    private static func end(of object: [UInt8], from start: Int) -> Int {
        var depth = 0
        var isText = false
        var index = start
        while index < object.count {
            let byte = object[index]
            if isText {
                if byte == UInt8(ascii: "\\") { index += 1 }
                if byte == UInt8(ascii: "\"") { isText = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isText = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return index }
                    depth -= 1
                case UInt8(ascii: ","), UInt8(ascii: ":"):
                    if depth == 0 { return index }
                case _: break
                }
            }
            index += 1
        }
        return index
    }
}
