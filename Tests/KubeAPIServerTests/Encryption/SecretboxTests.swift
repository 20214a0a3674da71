import KubeAPIServer
import Testing

/// Known boxes, and that a changed one does not open.
@Suite("Secretbox")
struct SecretboxTests {
    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.filter { $0 != 0x20 && $0 != 0x0a }.map { $0 <= 0x39 ? $0 - 0x30 : $0 - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// NaCl's own example (`tests/secretbox.c`).
    @Test("NaCl's example is sealed and opened as NaCl does")
    func example() {
        let key = Self.bytes("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
        let nonce = Self.bytes("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37")
        let message = Self.bytes(
            """
            be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01
            233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd
            4924ca1c60902e52f0a089bc76897040e082f937763848645e0705
            """)
        let box = Self.bytes(
            """
            f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c
            98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfea
            bd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5
            """)
        #expect(Secretbox.seal(message, nonce: nonce, key: key) == box)
        #expect(Secretbox.open(box[...], nonce: nonce, key: key) == message)
    }

    @Test("what is sealed opens, and does not when one bit was changed", arguments: [0, 1, 15, 16, 17, 31, 32, 33, 500])
    func changes(_ length: Int) {
        let key = (0..<32).map { UInt8($0 * 7 + 1) }
        let nonce = (0..<24).map { UInt8($0) }
        let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 31 + 255) }
        var box = Secretbox.seal(message, nonce: nonce, key: key)
        #expect(Secretbox.open(box[...], nonce: nonce, key: key) == message)
        box[length % box.count] ^= 0x10
        #expect(Secretbox.open(box[...], nonce: nonce, key: key) == nil)
        #expect(Secretbox.open([1, 2, 3][...], nonce: nonce, key: key) == nil)
    }
}
