package import KeyValueStore

/// What happens to stored bytes on their way to and from the store: encryption at rest.
package protocol ValueTransformer: Sendable {
    /// `key` is authenticated with the bytes, so that a value cannot be moved to another object.
    func seal(_ bytes: [UInt8], key: String) throws(StoreError) -> [UInt8]
    func open(_ bytes: [UInt8], key: String) throws(StoreError) -> [UInt8]
}

/// Leaves bytes as they are.
package struct PlainTransformer: ValueTransformer {
    package init() {}

    package func seal(_ bytes: [UInt8], key: String) -> [UInt8] { bytes }
    package func open(_ bytes: [UInt8], key: String) -> [UInt8] { bytes }
}
