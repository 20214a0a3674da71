package import APIMachinery
package import APITypes

/// One event of a watch, decoded.
package enum WatchEvent<T: APIObject>: Sendable {
    case added(T)
    case modified(T)
    /// The object as the server saw it last; its resourceVersion is the deletion's.
    case deleted(T)
    case bookmark(resourceVersion: String)
    case error(StatusError)

    /// Reads `{"type":...,"object":...}`; the type comes first, as every server writes it.
    package init(frame: [UInt8]) throws(JSONError) {
        self = try JSONReader.read(frame) { (reader) throws(JSONError) in
            var type = ""
            var event: WatchEvent<T>?
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "type": type = try reader.readString()
                case "object": event = try Self.read(type, &reader)
                case _: try reader.skipValue()
                }
            }
            guard let event else { throw JSONError(.syntax, "a watch event without an object") }
            return event
        }
    }

    private static func read(_ type: String, _ reader: inout JSONReader) throws(JSONError) -> WatchEvent<T>? {
        switch type {
        case "ADDED": return .added(try T(from: &reader))
        case "MODIFIED": return .modified(try T(from: &reader))
        case "DELETED": return .deleted(try T(from: &reader))
        case "BOOKMARK": return .bookmark(resourceVersion: try T(from: &reader).metadata.resourceVersion)
        case "ERROR":
            let status = try reader.readValue()
            return .error(StatusError(status: status) ?? .internalError("the watch failed: \(status)"))
        case _: throw JSONError(.syntax, "unknown watch event type \(type)")
        }
    }
}
