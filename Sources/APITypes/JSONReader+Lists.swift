internal import APIMachinery

// Generic, and so in the module of the structs, where the compiler makes a version for each of them.
extension JSONReader {
    mutating func readList<Element: JSONCoded>() throws(JSONError) -> [Element] {
        var list: [Element] = []
        try beginArray()
        while try nextElement() {
            list.append(try consumeNull() ? Element.ofNull : try Element(from: &self))
        }
        return list
    }

    mutating func readMap<Element: JSONCoded>() throws(JSONError) -> [String: Element] {
        var map: [String: Element] = [:]
        try beginObject()
        while let key = try nextKey() { map[key] = try consumeNull() ? Element.ofNull : try Element(from: &self) }
        return map
    }

    mutating func readStringListMap() throws(JSONError) -> [String: [String]] {
        var map: [String: [String]] = [:]
        try beginObject()
        while let key = try nextKey() { map[key] = try consumeNull() ? [] : try readList() }
        return map
    }
}
