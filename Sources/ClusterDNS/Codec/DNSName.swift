/// A domain name. Letters compare without case, as names do everywhere in DNS, but keep the case they came with.
package struct DNSName: Sendable {
    /// Limits of RFC 1035, 3.1: bytes of a label, and of a name on the wire.
    package static let labelBytesMax = 63
    package static let nameBytesMax = 255

    /// The name as on the wire, uncompressed: labels after their length, and a zero.
    let wire: [UInt8]

    /// The name of everything: no labels.
    package static let root = DNSName(uncheckedWire: [0])

    init(uncheckedWire wire: [UInt8]) { self.wire = wire }

    /// A name of these labels; `nil` when one is empty or too long, or all together are.
    package init?(labels: some Sequence<some StringProtocol>) {
        var wire: [UInt8] = []
        for label in labels {
            guard (1...Self.labelBytesMax).contains(label.utf8.count) else { return nil }
            wire.append(UInt8(label.utf8.count))
            wire.append(contentsOf: label.utf8)
        }
        wire.append(0)
        guard wire.count <= Self.nameBytesMax else { return nil }
        self.wire = wire
    }

    /// Reads `a.b.c` or `a.b.c.`; `.` alone is the root. There is no way to write a dot inside a label.
    package init?(_ text: some StringProtocol) {
        if text == "." {
            self = .root
            return
        }
        let absolute = text.last == "." ? text.dropLast() : text[...]
        self.init(labels: absolute.split(separator: ".", omittingEmptySubsequences: false))
    }

    /// The labels in lower case, from the left. What is no UTF-8 is replaced and so equals no name of ours.
    package var labels: [String] {
        var labels: [String] = []
        var index = 0
        while wire[index] != 0 {
            let next = index + 1 + Int(wire[index])
            labels.append(String(decoding: wire[(index + 1)..<next].map(Self.lowercased), as: UTF8.self))
            index = next
        }
        return labels
    }

    /// Whether this is `zone` or below it.
    package func isInside(_ zone: DNSName) -> Bool {
        var index = 0
        while wire.count - index > zone.wire.count { index += 1 + Int(wire[index]) }
        return wire.count - index == zone.wire.count && Self.isSame(wire[index...], zone.wire[...])
    }

    /// This name below `zone`; `nil` when that is too long.
    package func appending(_ zone: DNSName) -> DNSName? {
        guard wire.count - 1 + zone.wire.count <= Self.nameBytesMax else { return nil }
        return DNSName(uncheckedWire: wire.dropLast() + zone.wire)
    }

    fileprivate static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

    private static func isSame(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { lowercased($0) == lowercased($1) }
    }
}

extension DNSName: Hashable {
    package static func == (left: DNSName, right: DNSName) -> Bool { isSame(left.wire[...], right.wire[...]) }

    package func hash(into hasher: inout Hasher) {
        for byte in wire { hasher.combine(Self.lowercased(byte)) }
    }
}

extension DNSName: CustomStringConvertible {
    /// `a.b.c.`, with bytes that would mislead written as `\DDD` (RFC 1035, 5.1).
    package var description: String {
        guard wire.count > 1 else { return "." }
        var text = ""
        var index = 0
        while wire[index] != 0 {
            let next = index + 1 + Int(wire[index])
            for byte in wire[(index + 1)..<next] {
                if (0x21...0x7e).contains(byte), byte != UInt8(ascii: "."), byte != UInt8(ascii: "\\") {
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                } else {
                    let digits = String(byte)
                    text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
                }
            }
            text += "."
            index = next
        }
        return text
    }
}
