internal import APIMachinery

// Generic, and so in the module of the structs, where the compiler makes a version for each of them.
extension JSONWriter {
    // MARK: Structs and other values

    mutating func always<T: JSONCoded>(_ name: StaticString, _ value: T) {
        key(name)
        value.encode(to: &self)
    }

    mutating func present<T: JSONCoded>(_ name: StaticString, _ value: T?) {
        if let value { always(name, value) }
    }

    mutating func orNull<T: JSONCoded>(_ name: StaticString, _ value: T?) {
        key(name)
        if let value { value.encode(to: &self) } else { null() }
    }

    // MARK: Lists and maps

    /// An empty list is `null`, as in Go, where it is nil.
    mutating func alwaysList<T: JSONCoded>(_ name: StaticString, _ list: [T]) {
        key(name)
        if list.isEmpty { return null() }
        beginArray()
        for element in list { element.encode(to: &self) }
        endArray()
    }

    mutating func nonZeroList<T: JSONCoded>(_ name: StaticString, _ list: [T]) {
        if !list.isEmpty { alwaysList(name, list) }
    }

    mutating func alwaysMap<T: JSONCoded>(_ name: StaticString, _ map: [String: T]) {
        key(name)
        if map.isEmpty { return null() }
        beginObject()
        for (name, value) in map.sorted(by: { $0.key < $1.key }) {
            key(name)
            value.encode(to: &self)
        }
        endObject()
    }

    mutating func nonZeroMap<T: JSONCoded>(_ name: StaticString, _ map: [String: T]) {
        if !map.isEmpty { alwaysMap(name, map) }
    }
}
