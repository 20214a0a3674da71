/// NaCl's secret box: XSalsa20 and Poly1305, as the `secretbox` provider writes it.
///
/// **The idea.** HSalsa20 makes a key of its own out of the key and the first 16 bytes of the nonce; with the other 8
/// Salsa20 makes a stream of bytes from it. The first 32 of the stream are the key of a Poly1305 tag over the
/// ciphertext, and the rest is combined with the message. A box is the tag and then the ciphertext.
///
/// **Further reading.** D. J. Bernstein, "Extending the Salsa20 nonce" and "The Poly1305-AES message-authentication
/// code"; <https://nacl.cr.yp.to/secretbox.html>.
package enum Secretbox {
    package static let keyLength = 32
    package static let nonceLength = 24
    package static let tagLength = 16

    /// Tag and ciphertext.
    package static func seal(_ message: [UInt8], nonce: [UInt8], key: [UInt8]) -> [UInt8] {
        var stream = Salsa20(key: key, nonce: nonce)
        let tagKey = stream.bytes(32)
        let cipher = stream.combined(with: message)
        return Poly1305.tag(cipher, key: tagKey) + cipher
    }

    /// `nil` when the box was not made with this key and nonce, or was changed since.
    package static func open(_ box: ArraySlice<UInt8>, nonce: [UInt8], key: [UInt8]) -> [UInt8]? {
        guard box.count >= tagLength else { return nil }
        let cipher = Array(box.dropFirst(tagLength))
        var stream = Salsa20(key: key, nonce: nonce)
        let expected = Poly1305.tag(cipher, key: stream.bytes(32))
        // All bytes are looked at, so that the time says nothing of where they differ.
        let difference = zip(box, expected).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return difference == 0 ? stream.combined(with: cipher) : nil
    }
}

/// The stream that a key and a nonce of 24 bytes make.
private struct Salsa20 {
    /// "expand 32-byte k"
    private static let constants: [UInt32] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]

    private var state: [UInt32]
    private var block: [UInt8] = []
    private var used = 64

    init(key: [UInt8], nonce: [UInt8]) {
        let key = Self.words(key)
        let nonce = Self.words(nonce)
        // HSalsa20: the rounds alone, and of the result what the nonce and the constants stood in.
        let mixed = Self.rounds(Self.matrix(key, Array(nonce[0..<4])))
        let inner = [0, 5, 10, 15, 6, 7, 8, 9].map { mixed[$0] }
        state = Self.matrix(inner, [nonce[4], nonce[5], 0, 0])
    }

    mutating func bytes(_ count: Int) -> [UInt8] { combined(with: [UInt8](repeating: 0, count: count)) }

    mutating func combined(with message: [UInt8]) -> [UInt8] {
        var result = message
        for index in result.indices {
            if used == 64 { advance() }
            result[index] ^= block[used]
            used += 1
        }
        return result
    }

    private mutating func advance() {
        let mixed = Self.rounds(state)
        block = zip(mixed, state).flatMap { mixed, start in
            let word = mixed &+ start
            return [UInt8(word & 0xff), UInt8(word >> 8 & 0xff), UInt8(word >> 16 & 0xff), UInt8(word >> 24)]
        }
        used = 0
        let (low, overflow) = state[8].addingReportingOverflow(1)
        state[8] = low
        if overflow { state[9] &+= 1 }
    }

    private static func words(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count, by: 4).map { place in
            (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
        }
    }

    private static func matrix(_ key: [UInt32], _ middle: [UInt32]) -> [UInt32] {
        [constants[0]] + key[0..<4] + [constants[1]] + middle + [constants[2]] + key[4..<8] + [constants[3]]
    }

    private static func rounds(_ start: [UInt32]) -> [UInt32] {
        var x = start
        func quarter(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
            x[b] ^= rotated(x[a] &+ x[d], 7)
            x[c] ^= rotated(x[b] &+ x[a], 9)
            x[d] ^= rotated(x[c] &+ x[b], 13)
            x[a] ^= rotated(x[d] &+ x[c], 18)
        }
        for _ in 0..<10 {
            quarter(0, 4, 8, 12)
            quarter(5, 9, 13, 1)
            quarter(10, 14, 2, 6)
            quarter(15, 3, 7, 11)
            quarter(0, 1, 2, 3)
            quarter(5, 6, 7, 4)
            quarter(10, 11, 8, 9)
            quarter(15, 12, 13, 14)
        }
        return x
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}

/// A tag over a message by a key that is used once.
///
/// The message's blocks are the coefficients of a polynomial, evaluated at `r` modulo 2^130 - 5; numbers are kept in
/// three limbs of 44, 44 and 42 bits.
private enum Poly1305 {
    private static let mask44: UInt64 = (1 << 44) - 1
    private static let mask42: UInt64 = (1 << 42) - 1

    static func tag(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        let low = word(key, 0) & 0x0fff_fffc_0fff_ffff
        let high = word(key, 8) & 0x0fff_fffc_0fff_fffc
        let r = (low & mask44, (low >> 44 | high << 20) & mask44, high >> 24)
        var h: (UInt64, UInt64, UInt64) = (0, 0, 0)
        var place = 0
        while place < message.count {
            let block = block(message, place)
            h = (h.0 + block.0, h.1 + block.1, h.2 + block.2)
            h = multiplied(h, r)
            place += 16
        }
        return finished(reduced(h), key)
    }

    private static func block(_ message: [UInt8], _ place: Int) -> (UInt64, UInt64, UInt64) {
        let count = min(16, message.count - place)
        var bytes = Array(message[place..<(place + count)])
        // A one follows the last byte: beyond a whole block it is its own bit.
        let top: UInt64 = count == 16 ? 1 << 40 : 0
        if count < 16 { bytes.append(1) }
        bytes += [UInt8](repeating: 0, count: 16 - bytes.count)
        let low = word(bytes, 0)
        let high = word(bytes, 8)
        return (low & mask44, (low >> 44 | high << 20) & mask44, high >> 24 | top)
    }

    private static func multiplied(
        _ h: (UInt64, UInt64, UInt64), _ r: (UInt64, UInt64, UInt64)
    ) -> (UInt64, UInt64, UInt64) {
        // What passes 2^130 comes back times five; the limbs' widths add up to 132, hence four times that.
        let (s1, s2) = (r.1 * 20, r.2 * 20)
        func product(_ a: UInt64, _ b: UInt64) -> UInt128 { UInt128(a) * UInt128(b) }
        let d0 = product(h.0, r.0) + product(h.1, s2) + product(h.2, s1)
        var d1 = product(h.0, r.1) + product(h.1, r.0) + product(h.2, s2)
        var d2 = product(h.0, r.2) + product(h.1, r.1) + product(h.2, r.0)
        d1 += d0 >> 44
        d2 += d1 >> 44
        let h0 = (UInt64(truncatingIfNeeded: d0) & mask44) + UInt64(truncatingIfNeeded: d2 >> 42) * 5
        let h1 = (UInt64(truncatingIfNeeded: d1) & mask44) + h0 >> 44
        return (h0 & mask44, h1, UInt64(truncatingIfNeeded: d2) & mask42)
    }

    /// The one representative that is below 2^130 - 5.
    private static func reduced(_ h: (UInt64, UInt64, UInt64)) -> (UInt64, UInt64, UInt64) {
        var h = h
        for _ in 0..<2 {
            h.1 += h.0 >> 44
            h.0 &= mask44
            h.2 += h.1 >> 44
            h.1 &= mask44
            h.0 += (h.2 >> 42) * 5
            h.2 &= mask42
        }
        h.1 += h.0 >> 44
        h.0 &= mask44
        // Adding five to a number that is too large passes 2^130.
        let g0 = h.0 + 5
        let g1 = h.1 + g0 >> 44
        let g2 = h.2 + g1 >> 44
        return g2 >> 42 == 0 ? h : (g0 & mask44, g1 & mask44, g2 & mask42)
    }

    private static func finished(_ h: (UInt64, UInt64, UInt64), _ key: [UInt8]) -> [UInt8] {
        let number = UInt128(h.0) | UInt128(h.1) << 44 | UInt128(h.2) << 88
        let pad = UInt128(word(key, 16)) | UInt128(word(key, 24)) << 64
        let tag = number &+ pad
        return (0..<16).map { UInt8(truncatingIfNeeded: tag >> UInt128(8 * $0)) }
    }

    private static func word(_ bytes: [UInt8], _ place: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }
}
