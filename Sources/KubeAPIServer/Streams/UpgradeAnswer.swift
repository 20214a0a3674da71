package import NIOCore

/// Collects what a server answers to the wish for another protocol: the head, and the body of a refusal.
package struct UpgradeAnswer: Sendable {
    /// No head is longer, and of a refusal no more is told.
    package static let sizeMax = 64 * 1024

    package private(set) var code = 0
    package private(set) var headers: [(name: String, value: String)] = []
    package private(set) var body: [UInt8] = []
    /// What the head promises; more than is taken when it promises nothing.
    private var bodySize = Int.max
    private var isHeadRead = false

    package init() {}

    package subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    package var isUpgrade: Bool { code == 101 }

    /// Takes what belongs to the answer; whether it is complete. What follows a 101 stays in the buffer.
    package mutating func take(_ buffer: inout ByteBuffer) throws(StreamProtocolError) -> Bool {
        if !isHeadRead {
            guard let length = Self.headLength(buffer) else {
                guard buffer.readableBytes <= Self.sizeMax else { throw StreamProtocolError("a head too long") }
                return false
            }
            try read(buffer.readString(length: length) ?? "")
            isHeadRead = true
            bodySize = max(0, self["content-length"].flatMap { Int($0) } ?? .max)
        }
        guard !isUpgrade else { return true }
        let wanted = min(bodySize, Self.sizeMax)
        body += buffer.readBytes(length: min(wanted - body.count, buffer.readableBytes)) ?? []
        return body.count == wanted
    }

    private static func headLength(_ buffer: ByteBuffer) -> Int? {
        let bytes = buffer.readableBytesView
        var lineBreaks = 0
        for (offset, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\n") { lineBreaks += 1 } else if byte != UInt8(ascii: "\r") { lineBreaks = 0 }
            if lineBreaks == 2 { return offset + 1 }
        }
        return nil
    }

    private mutating func read(_ text: String) throws(StreamProtocolError) {
        let lines = text.split(whereSeparator: \.isNewline)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]) else {
            throw StreamProtocolError("an answer that is not HTTP")
        }
        self.code = code
        headers = lines.dropFirst().compactMap { line in
            let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return sides.count == 2 ? (sides[0].lowercased(), sides[1].trimmed) : nil
        }
    }
}
