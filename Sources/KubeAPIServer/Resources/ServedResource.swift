package import APIMachinery
internal import APIPatch
package import APIRegistry
package import KeyValueStore

/// A resource under one of its versions, with the store behind it.
package struct ServedResource: Sendable {
    package var info: ResourceInfo
    package var schema: SchemaType?
    /// Speaks the storage version; with a webhook, the served one.
    package var store: ResourceStore
    /// `nil` when the store speaks the served version.
    package var conversion: VersionConversion?
    package var columns: [TableColumn]
    /// What the definition of a custom resource says; `nil` for built-in resources.
    package var custom: CustomVersion?
    /// Objects that were written after this are stored just as this version shows them, conversion or not.
    package var settledSince: Revision?
    /// What asks a webhook to convert; `nil` where nobody has to be asked.
    var webhook: CustomConversion?
    /// With what its requests and its watches are counted; `nil` outside of a catalog.
    package internal(set) var meter: RequestMeter?
    package internal(set) var watchMeter: WatchMeter?
    /// What the objects look like that are created.
    let outlines = FieldOutlines()
    private let deprecation: String?

    package init(
        info: ResourceInfo, schema: SchemaType?, store: ResourceStore, conversion: VersionConversion?,
        columns: [TableColumn]
    ) {
        self.info = info
        self.schema = schema
        self.store = store
        self.conversion = conversion
        self.columns = columns
        deprecation = DeprecatedKinds.warning("\(info.group)/\(info.version)/\(info.kind)")
    }

    /// What clients of a deprecated version are told with every answer.
    package var warning: String? { custom?.warning ?? deprecation }

    /// Custom resources have neither protobuf nor strategic merge.
    package var isCustom: Bool { custom != nil }

    /// Whether the bytes of an object may go out as they are held.
    package func shows(_ object: CachedObject) -> Bool {
        if conversion == nil, webhook == nil { return true }
        guard let settledSince, object.revision > settledSince else { return false }
        return webhook?.isVersion(of: object) ?? true
    }

    package func subresource(_ name: String) -> ResourceInfo.Subresource? {
        info.subresources.first { $0.name == name }
    }

    /// An object of the store's version as this version shows it.
    package func served(_ stored: Value) throws(StatusError) -> Value {
        guard let conversion else { return stored }
        return try conversion.fromStorage(stored)
    }

    package func toStorage(_ served: Value) throws(StatusError) -> Value {
        guard let conversion else { return served }
        return try conversion.toStorage(served)
    }
}

/// The two ways between a served version and the stored one. Both set `apiVersion` and `kind`.
package struct VersionConversion: Sendable {
    package var toStorage: @Sendable (Value) throws(StatusError) -> Value
    package var fromStorage: @Sendable (Value) throws(StatusError) -> Value
    /// What this version demands beyond what holds in all; `nil` for most.
    package var judge: WriteContext.Judge?

    package init(
        toStorage: @escaping @Sendable (Value) throws(StatusError) -> Value,
        fromStorage: @escaping @Sendable (Value) throws(StatusError) -> Value, judge: WriteContext.Judge? = nil
    ) {
        self.toStorage = toStorage
        self.fromStorage = fromStorage
        self.judge = judge
    }

    /// Versions that differ in nothing but their name.
    package static func renaming(served: GroupVersionKind, stored: GroupVersionKind) -> VersionConversion {
        VersionConversion(
            toStorage: { $0.renamed(to: stored) }, fromStorage: { $0.renamed(to: served) })
    }
}

extension Value {
    /// The same object under another `apiVersion` and `kind`.
    package func renamed(to kind: GroupVersionKind) -> Value {
        var value = self
        value["apiVersion"] = .string(kind.groupVersion.description)
        value["kind"] = .string(kind.kind)
        return value
    }
}
