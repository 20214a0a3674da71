package import KeyValueStore

/// What happens to stored bytes on their way to and from the store: encryption at rest.
package protocol ValueTransformer: Sendable {
    /// `key` is authenticated with the bytes, so that a value cannot be moved to another object.
    func seal(_ bytes: [UInt8], key: String) throws(StoreError) -> [UInt8]
    /// `.unavailable` for bytes that ``prepare(_:key:)`` has to see first.
    func open(_ bytes: [UInt8], key: String) throws(StoreError) -> [UInt8]
    /// Asks whoever has to be asked before these bytes can be opened.
    func prepare(_ bytes: [UInt8], key: String) async throws(StoreError)
}

extension ValueTransformer {
    package func prepare(_ bytes: [UInt8], key: String) async throws(StoreError) {}
}

/// Leaves bytes as they are.
package struct PlainTransformer: ValueTransformer {
    package init() {}

    package func seal(_ bytes: [UInt8], key: String) -> [UInt8] { bytes }
    package func open(_ bytes: [UInt8], key: String) -> [UInt8] { bytes }
}
