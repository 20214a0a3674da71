package import APIMachinery
internal import Glibc
package import KeyValueStore
internal import Synchronization

/// An object as the server holds it: the bytes that every reader gets, and the few fields that
/// selectors ask for.
package final class CachedObject: Sendable {
    /// `namespace/name`, or `name`.
    package let key: String
    package let revision: Revision
    /// Canonical JSON, resource version included.
    package let json: [UInt8]
    /// Sorted by key.
    package let labels: [Label]
    /// The values of the resource's selectable fields, in the order of their declaration.
    package let selectable: [String]
    private let versionOffset: Int
    private let protobufForm = Mutex<[UInt8]?>(nil)
    private let kept = Mutex<Value?>(nil)

    package struct Label: Sendable, Equatable {
        package let key: String
        package let value: String
    }

    init(key: String, revision: Revision, json: [UInt8], versionOffset: Int, index: ObjectIndex) {
        self.key = key
        self.revision = revision
        self.json = json
        self.versionOffset = versionOffset
        labels = index.labels
        selectable = index.selectable
    }

    /// The namespace part of the key, empty for objects of the whole cluster.
    package var namespace: Substring { key.firstIndex(of: "/").map { key[..<$0] } ?? "" }
    package var name: Substring { key.firstIndex(of: "/").map { key[key.index(after: $0)...] } ?? key[...] }

    /// The same state under another resource version: what a watch shows of an object that has gone.
    func moved(to revision: Revision) -> CachedObject {
        CachedObject(
            key: key, revision: revision,
            json: StoredForm.respliced(json, place: versionOffset, from: self.revision, to: revision),
            versionOffset: versionOffset, index: ObjectIndex(labels: labels, selectable: selectable))
    }

    /// The object for the write path and for other encodings.
    package func value() throws(StatusError) -> Value {
        do throws(JSONError) { return try Value(json: json) } catch {
            throw .internalError("stored object \(key) does not read back: \(error)")
        }
    }

    /// The same, kept from the first time on: for the few objects that many requests look at.
    package func keptValue() throws(StatusError) -> Value {
        if let value = kept.withLock({ $0 }) { return value }
        let value = try value()
        kept.withLock { $0 = value }
        return value
    }

    /// The bytes of the object's metadata, as they stand in its JSON.
    package var metadata: ArraySlice<UInt8> {
        // The resource version stands first in there.
        let start = versionOffset - 1
        var depth = 0
        var isText = false
        var index = start
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "\\") where isText: index += 1
            case UInt8(ascii: "{") where !isText: depth += 1
            case UInt8(ascii: "}") where !isText:
                depth -= 1
                if depth == 0 { return json[start...index] }
            case _: break
            }
            index += 1
        }
        preconditionFailure("the metadata of \(key) does not end")
    }

    /// Whether the object's JSON has these bytes anywhere.
    package func mentions(_ text: StaticString) -> Bool {
        let (sought, length) = (UnsafeRawPointer(text.utf8Start), text.utf8CodeUnitCount)
        return json.withUnsafeBytes { bytes in
            guard var rest = bytes.baseAddress else { return false }
            let end = rest + bytes.count
            while end - rest >= length,
                let found = memchr(rest, Int32(text.utf8Start[0]), end - rest - length + 1)
            {
                if memcmp(found, sought, length) == 0 { return true }
                rest = UnsafeRawPointer(found) + 1
            }
            return false
        }
    }

    /// The encoding in protobuf, made at most once.
    package func protobuf(_ encode: (Value) throws(StatusError) -> [UInt8]) throws(StatusError) -> [UInt8] {
        if let made = protobufForm.withLock({ $0 }) { return made }
        let made = try encode(try value())
        protobufForm.withLock { $0 = made }
        return made
    }
}

/// What is kept of an object beside its bytes.
package struct ObjectIndex: Sendable {
    package var labels: [CachedObject.Label]
    package var selectable: [String]

    package init(labels: [CachedObject.Label], selectable: [String]) {
        self.labels = labels
        self.selectable = selectable
    }

    package init(_ object: Value, fields: [SelectableField]) {
        labels = (object[path: "metadata", "labels"]?.objectValue ?? Fields()).map {
            CachedObject.Label(key: $0.name, value: $0.value.stringValue ?? "")
        }
        selectable = fields.map { $0.read(object) }
    }
}

/// A field that clients may select by.
package struct SelectableField: Sendable {
    package let name: String
    let read: @Sendable (Value) -> String

    /// A field at a path; what is not there is empty, booleans and numbers are written out.
    package init(_ name: String) {
        let path = name.split(separator: ".").map(String.init)
        self.init(name) { object in
            var value = object
            for part in path {
                guard let next = value[part] else { return "" }
                value = next
            }
            switch value {
            case .string(let text): return text
            case .bool(let flag): return String(flag)
            case .integer(let number): return String(number)
            case .double, .null, .array, .object: return ""
            }
        }
    }

    package init(_ name: String, read: @escaping @Sendable (Value) -> String) {
        self.name = name
        self.read = read
    }
}
