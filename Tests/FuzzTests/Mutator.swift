/// Changes inputs at random, the same way for the same seed: what breaks once, breaks again.
struct Mutator {
    /// Bytes of the longest input that is made.
    static let lengthMax = 4096

    private var state: UInt64
    private let tokens: [[UInt8]]

    /// - tokens: what is put in beside single bytes, such as quotes and brackets of a language.
    init(seed: Int, tokens: [String]) {
        state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
        self.tokens = tokens.map { Array($0.utf8) }
    }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    /// One of the inputs with a few changes, perhaps with a piece of another one.
    mutating func input(_ inputs: [[UInt8]]) -> [UInt8] {
        var bytes = inputs[below(inputs.count)]
        for _ in 0...below(4) { change(&bytes, inputs) }
        return Array(bytes.prefix(Self.lengthMax))
    }

    private mutating func change(_ bytes: inout [UInt8], _ inputs: [[UInt8]]) {
        let start = below(bytes.count + 1)
        let end = min(bytes.count, start + below(12))
        switch below(6) {
        case 0 where start < bytes.count: bytes[start] = UInt8(below(256))
        case 1 where start < bytes.count: bytes[start] ^= 1 << UInt8(below(8))
        case 2: bytes.removeSubrange(start..<end)
        case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
        case 4: bytes.insert(contentsOf: inputs[below(inputs.count)].dropFirst(below(40)).prefix(40), at: start)
        case _: bytes.insert(contentsOf: tokens[below(tokens.count)], at: start)
        }
    }
}
