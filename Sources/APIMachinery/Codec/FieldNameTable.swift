private import APITables

/// All field names of the API, numbered, so that decoders compare integers instead of text.
///
/// Made once from the generated list and never freed. Id 0 is every other name.
// All stored properties are constant, and the memory behind the pointers is not written after init.
package final class FieldNameTable: @unchecked Sendable {
    package static let shared = FieldNameTable(FieldNames.text)

    static let hashSeed: UInt32 = 2_166_136_261

    let text: UnsafePointer<UInt8>
    /// The names by id.
    let strings: [String]
    /// By id, where the name begins in the text; one more than there are names.
    private let starts: UnsafeMutablePointer<Int32>
    /// Open addressing; 0 is free.
    private let slots: UnsafeMutablePointer<UInt16>
    private let mask: Int

    /// The text has a line for each name.
    init(_ list: StaticString) {
        let lines = UnsafeBufferPointer(start: list.utf8Start, count: list.utf8CodeUnitCount)
            .split(separator: UInt8(ascii: "\n"))
        precondition(lines.count < Int(UInt16.max), "too many field names")
        var size = 64
        while size < lines.count * 4 { size *= 2 }
        text = list.utf8Start
        mask = size - 1
        slots = .allocate(capacity: size)
        slots.initialize(repeating: 0, count: size)
        starts = .allocate(capacity: lines.count + 2)
        starts[0] = 0
        starts[1] = 0
        strings = [""] + lines.map { String(decoding: $0, as: UTF8.self) }
        for (index, line) in lines.enumerated() {
            starts[index + 2] = Int32(line.endIndex + 1)
            var slot = Int(line.reduce(FieldNameTable.hashSeed, FieldNameTable.mix)) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt16(index + 1)
        }
    }

    @inline(__always)
    static func mix(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 16_777_619 }

    /// The id of a name whose bytes were mixed already.
    func id(of name: UnsafeBufferPointer<UInt8>, hash: UInt32) -> UInt16 {
        guard let bytes = name.baseAddress else { return 0 }
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let id = slots[slot]
            let start = Int(starts[Int(id)])
            let length = Int(starts[Int(id) + 1]) - start - 1
            if length == name.count, areEqual(text + start, bytes, length) { return id }
            slot = (slot + 1) & mask
        }
        return 0
    }

    /// The id of a name.
    package func id(of name: String) -> UInt16 {
        Array(name.utf8).withUnsafeBufferPointer { bytes in
            id(of: bytes, hash: bytes.reduce(FieldNameTable.hashSeed, FieldNameTable.mix))
        }
    }

    @inline(__always)
    private func areEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where left[index] != right[index] { return false }
        return true
    }
}
