package import APIMachinery

/// A generated struct that is an object: it has a kind, metadata, and a place in the API.
package protocol APIObject: APIStruct {
    static var resource: GroupVersionResource { get }
    static var gvk: GroupVersionKind { get }
    static var isNamespaced: Bool { get }
    var metadata: ObjectMeta { get set }
}

/// The list of any kind of object.
package struct ObjectList<T: APIObject>: APIStruct {
    package var metadata = ListMeta()
    package var items: [T] = []

    package init() {}

    package init(metadata: ListMeta = ListMeta(), items: [T]) {
        self.metadata = metadata
        self.items = items
    }

    package init(from reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while let name = try reader.nextKey() {
            if try reader.consumeNull() { continue }
            switch name {
            case "metadata": metadata = try ListMeta(from: &reader)
            case "items": items = try reader.readList()
            default: try reader.skipValue()
            }
        }
    }

    /// An empty list has `"items":[]`, which clients rely on.
    package func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.alwaysString("apiVersion", T.gvk.groupVersion.description)
        writer.key("items")
        writer.beginArray()
        for item in items { item.encode(to: &writer) }
        writer.endArray()
        writer.alwaysString("kind", T.gvk.kind + "List")
        writer.always("metadata", metadata)
        writer.endObject()
    }
}
