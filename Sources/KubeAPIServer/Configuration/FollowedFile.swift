/// A file that may change while the server runs, and what its content means.
package struct FollowedFile<Content: Sendable>: Sendable {
    package var path: String
    /// What the server was started with.
    package var initial: [UInt8]
    /// Today's content.
    package var read: @Sendable () throws -> [UInt8]
    package var decode: @Sendable ([UInt8]) throws -> Content
    /// Says, until its reader ends, that the file may have changed; never by looking at it again and again.
    package var changes: @Sendable () throws -> AsyncStream<Void>

    package init(
        path: String, initial: [UInt8], read: @escaping @Sendable () throws -> [UInt8],
        decode: @escaping @Sendable ([UInt8]) throws -> Content,
        changes: @escaping @Sendable () throws -> AsyncStream<Void>
    ) {
        self.path = path
        self.initial = initial
        self.read = read
        self.decode = decode
        self.changes = changes
    }
}
