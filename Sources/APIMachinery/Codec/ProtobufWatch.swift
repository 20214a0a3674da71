/// Watch events as protobuf: each a four-byte length, most significant byte first, and a bare
/// `meta/v1.WatchEvent` (no envelope) whose object is enveloped.
package enum ProtobufWatch {
    /// The longest frame that a reader takes.
    package static let frameMax = 64 << 20

    /// One event as it goes to the client; `object` is in its envelope.
    package static func frame(type: String, object: [UInt8]) -> [UInt8] {
        var out = BackwardBytes(capacity: object.count + type.utf8.count + 32)
        out.prepend(object)
        out.close(1, since: 0)
        out.close(2, since: 0)
        let mark = out.count
        out.prepend(type)
        out.close(1, since: mark)
        let length = UInt32(out.count).bigEndian
        withUnsafeBytes(of: length) { out.prepend(Array($0)) }
        return out.bytes
    }

    /// An event as it came; `object` is in its envelope.
    package struct Event: Sendable, Equatable {
        package var type: String
        package var object: [UInt8]
    }

    /// Cuts a stream into events.
    package struct Reader: Sendable {
        private var buffer: [UInt8] = []
        private var start = 0

        package init() {}

        package mutating func append(_ bytes: some Sequence<UInt8>) {
            if start > 0 {
                buffer.removeFirst(start)
                start = 0
            }
            buffer.append(contentsOf: bytes)
        }

        /// The next whole event; `nil` when more bytes are needed.
        package mutating func next() throws(ProtobufError) -> Event? {
            guard buffer.count - start >= 4 else { return nil }
            let length = buffer[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= frameMax else { throw ProtobufError("watch frame of \(length) bytes is too long") }
            guard buffer.count - start - 4 >= length else { return nil }
            let range = start + 4..<start + 4 + length
            start = range.upperBound
            return try buffer.withUnsafeBytes { bytes in
                Result { () throws(ProtobufError) in try Reader.event(bytes, range) }
            }.get()
        }

        private static func event(
            _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
        ) throws(ProtobufError) -> Event {
            var event = Event(type: "", object: [])
            var wire = WireReader(bytes, range)
            while let (number, type) = try wire.next() {
                switch (number, type) {
                case (1, .bytes): event.type = try wire.string()
                case (2, .bytes):
                    var raw = WireReader(bytes, try wire.range())
                    while let (number, type) = try raw.next() {
                        if number == 1, type == .bytes {
                            event.object = Array(bytes[try raw.range()])
                        } else {
                            try raw.skip(type)
                        }
                    }
                default: try wire.skip(type)
                }
            }
            return event
        }
    }
}
