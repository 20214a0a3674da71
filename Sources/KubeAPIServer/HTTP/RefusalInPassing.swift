internal import APIMachinery
internal import NIOCore
internal import NIOHTTP1

/// Turns the refusal of a server behind ours into a Status, where a client expects one.
final class RefusalInPassing {
    /// No more of a refusal's text is told.
    static let textMax = 50_000

    private let make: ((Int, String) -> StatusError)?
    private var code: Int?
    private var text: [UInt8] = []

    init(_ make: ((Int, String) -> StatusError)?) { self.make = make }

    /// True when the answer is a refusal, and kept back.
    func begin(_ status: HTTPResponseStatus) -> Bool {
        guard make != nil, !(200...206).contains(status.code) else { return false }
        code = Int(status.code)
        return true
    }

    /// True when the bytes belong to a refusal.
    func take(_ bytes: ByteBuffer) -> Bool {
        guard code != nil else { return false }
        text += bytes.readableBytesView.prefix(Self.textMax - text.count)
        return true
    }

    /// What the client is told instead of the refusal.
    func end() -> StatusError? {
        guard let code, let make else { return nil }
        return make(code, Substring(decoding: text, as: UTF8.self).trimmed)
    }
}
