/// Finds names that an object has more than once, for strict field validation.
package enum JSONDuplicates {
    /// How many are named, as upstream does.
    package static let max = 100

    static func find(in json: [UInt8]) throws(JSONError) -> [String] {
        var found: [String] = []
        try JSONReader.read(json) { (reader) throws(JSONError) in try walk(&reader, "", &found) }
        return found
    }

    private static func walk(
        _ reader: inout JSONReader, _ path: String, _ found: inout [String]
    ) throws(JSONError) {
        switch try reader.peek() {
        case .object:
            var names: Set<String> = []
            try reader.beginObject()
            while let name = try reader.nextKey() {
                let child = path.isEmpty ? name : "\(path).\(name)"
                if !names.insert(name).inserted, found.count < max, !found.contains(child) { found.append(child) }
                try walk(&reader, child, &found)
            }
        case .array:
            var index = 0
            try reader.beginArray()
            while try reader.nextElement() {
                try walk(&reader, "\(path)[\(index)]", &found)
                index += 1
            }
        default: try reader.skipValue()
        }
    }
}
