/// A package of types: one version of an API group.
package struct SchemaPackage: Sendable, Equatable {
    /// What the names of its types begin with: `core/v1`.
    package let name: String
    /// The API group, empty for the core group.
    package let group: String
    package let version: String
    /// `k8s.io.api.core.v1`
    package let protobufPackage: String
    /// `io.k8s.api.core.v1`
    package let openAPIPrefix: String

    package var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }

    /// `core/v1` of `core/v1.Pod`.
    static func name(ofType type: String) -> String {
        type.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(type[..<$0]) } ?? ""
    }

    /// `Pod` of `core/v1.Pod`.
    static func bareName(ofType type: String) -> String {
        type.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(type[type.index(after: $0)...]) } ?? type
    }
}
