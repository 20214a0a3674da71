internal import Glibc

/// A key as the bytes it is compared by.
///
/// Swift compares strings by meaning, so that two spellings of one letter are the same string; a store
/// must not, and orders keys by their UTF-8 bytes.
package struct KeyBytes: Sendable, Hashable, Comparable {
    package let bytes: [UInt8]

    package init(_ key: String) { bytes = Array(key.utf8) }

    package init(bytes: [UInt8]) { self.bytes = bytes }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package func hasPrefix(_ prefix: KeyBytes) -> Bool { bytes.starts(with: prefix.bytes) }

    /// The first key after all that begin with this one: the end of a half-open range. `nil` when there
    /// is no such key, as after the empty prefix.
    package var endOfPrefix: KeyBytes? {
        guard let last = bytes.lastIndex(where: { $0 != 0xff }) else { return nil }
        var end = Array(bytes[...last])
        end[last] += 1
        return KeyBytes(bytes: end)
    }

    package func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    package static func < (left: KeyBytes, right: KeyBytes) -> Bool {
        let shared = min(left.bytes.count, right.bytes.count)
        let order = left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { right -> Int32 in
                guard let left = left.baseAddress, let right = right.baseAddress else { return 0 }
                return memcmp(left, right, shared)
            }
        }
        return order != 0 ? order < 0 : left.bytes.count < right.bytes.count
    }
}
