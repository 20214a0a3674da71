package import APIMachinery
package import KeyValueStore

/// How an object lies in the store: one byte that names the form, then for the plain form four bytes
/// (big endian) that say where its resource version belongs, then canonical JSON without it.
///
/// The revision of a write is known only when it is done, so the bytes that readers get are made
/// from the stored ones by putting the revision in at that place: a copy, never an encoding.
package enum StoredForm {
    static let plain: UInt8 = 1
    static let headerLength = 5
    /// Bytes that most objects stay below.
    private static let usualLength = 4096

    /// Encodes an object for the store. Its `metadata.resourceVersion` is left out.
    package static func encode(_ object: Value) -> [UInt8] {
        var place = 0
        let json = JSONWriter.bytes(capacity: usualLength) { writer in
            writer.beginObject()
            for field in object.objectValue ?? Fields() {
                writer.key(field.name)
                if field.name == "metadata", case .object(let metadata) = field.value {
                    writer.beginObject()
                    place = writer.count
                    for field in metadata where field.name != "resourceVersion" {
                        writer.key(field.name)
                        field.value.encode(to: &writer)
                    }
                    writer.endObject()
                } else {
                    field.value.encode(to: &writer)
                }
            }
            writer.endObject()
        }
        var stored: [UInt8] = []
        stored.reserveCapacity(json.count + headerLength)
        stored.append(plain)
        for shift in [24, 16, 8, 0] { stored.append(UInt8(truncatingIfNeeded: place >> shift)) }
        stored.append(contentsOf: json)
        return stored
    }

    /// The JSON that readers get: the stored bytes with the revision in them; `nil` if the bytes are of no known form.
    package static func served(_ stored: [UInt8], at revision: Revision) -> (json: [UInt8], versionOffset: Int)? {
        guard stored.count > headerLength + 2, stored[0] == plain else { return nil }
        let place = stored[1..<headerLength].reduce(0) { $0 << 8 | Int($1) }
        guard place > 0, place < stored.count - headerLength else { return nil }
        return (splice(stored[headerLength...], place: place, revision: revision), place)
    }

    /// Served JSON of another revision: for the last state of a deleted object.
    static func respliced(_ served: [UInt8], place: Int, from old: Revision, to new: Revision) -> [UInt8] {
        let removed = field(old, isLast: served[place + field(old, isLast: true).count] == UInt8(ascii: "}")).count
        let bare = served[..<place] + served[(place + removed)...]
        return splice(bare[...], place: place, revision: new)
    }

    private static func splice(_ bare: ArraySlice<UInt8>, place: Int, revision: Revision) -> [UInt8] {
        let at = bare.startIndex + place
        let version = field(revision, isLast: bare[at] == UInt8(ascii: "}"))
        var json: [UInt8] = []
        json.reserveCapacity(bare.count + version.count)
        json.append(contentsOf: bare[..<at])
        json.append(contentsOf: version)
        json.append(contentsOf: bare[at...])
        return json
    }

    private static func field(_ revision: Revision, isLast: Bool) -> [UInt8] {
        Array("\"resourceVersion\":\"\(revision)\"\(isLast ? "" : ",")".utf8)
    }
}
