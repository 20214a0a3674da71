internal import NIOCore

/// Writes the header fields of an answer as HPACK (RFC 7541) that refers to nothing but the static table: a few
/// bytes more on the wire than with a table of our own, and no search in one.
enum HeaderBlock {
    static func write(_ status: Int, _ fields: [(name: String, value: String)], to buffer: inout ByteBuffer) {
        if let index = statusIndices[status] {
            buffer.writeInteger(0x80 | index)
        } else {
            writeInteger(statusName, prefix: 4, to: &buffer)
            writeText(String(status), to: &buffer)
        }
        for field in fields {
            if let index = nameIndices[field.name] {
                writeInteger(index, prefix: 4, to: &buffer)
            } else {
                buffer.writeInteger(UInt8(0))
                writeText(field.name.lowercased(), to: &buffer)
            }
            writeText(field.value, to: &buffer)
        }
    }

    private static func writeText(_ text: String, to buffer: inout ByteBuffer) {
        writeInteger(text.utf8.count, prefix: 7, to: &buffer)
        buffer.writeString(text)
    }

    /// RFC 7541, section 5.1; the bits before the prefix are zero: a literal that no table keeps, a text as it is.
    private static func writeInteger(_ value: Int, prefix: Int, to buffer: inout ByteBuffer) {
        let full = (1 << prefix) - 1
        guard value >= full else { return _ = buffer.writeInteger(UInt8(value)) }
        buffer.writeInteger(UInt8(full))
        var rest = value - full
        while rest >= 128 {
            buffer.writeInteger(UInt8(rest & 0x7f | 0x80))
            rest >>= 7
        }
        buffer.writeInteger(UInt8(rest))
    }

    // RFC 7541, appendix A.
    private static let statusName = 8
    private static let statusIndices: [Int: UInt8] = [
        200: 8, 204: 9, 206: 10, 304: 11, 400: 12, 404: 13, 500: 14,
    ]
    private static let nameIndices = [
        "Cache-Control": 24, "Content-Length": 28, "Content-Type": 31, "Content-Encoding": 26, "Date": 33,
        "Location": 46,
        "Retry-After": 53, "Vary": 59, "WWW-Authenticate": 61,
    ]
}
