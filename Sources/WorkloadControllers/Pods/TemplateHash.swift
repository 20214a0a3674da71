internal import APIMachinery
package import APITypes

/// Short names for contents: the value of the label `pod-template-hash` and the end of names made from it.
package enum TemplateHash {
    /// The hash of a template; a collision count, when there is one, gives the same template another hash.
    package static func of(_ template: PodTemplateSpec, collisions: Int32?) -> String {
        of(template.json, collisions: collisions)
    }

    static func of(_ bytes: [UInt8], collisions: Int32?) -> String {
        var hash = FNV1a32()
        hash.add(bytes)
        if let collisions {
            let count = UInt32(bitPattern: collisions)
            hash.add((0..<8).map { $0 < 4 ? UInt8(truncatingIfNeeded: count >> (8 * $0)) : 0 })
        }
        return safe(String(hash.value))
    }

    /// Upstream's SafeEncodeString: no vowels and no look-alikes, so that no word arises.
    private static func safe(_ text: String) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
        return String(decoding: text.utf8.map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
    }
}

/// Fowler, Noll and Vo's hash, 32 bits.
struct FNV1a32 {
    private(set) var value: UInt32 = 2_166_136_261

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { value = (value ^ UInt32(byte)) &* 16_777_619 }
    }
}
