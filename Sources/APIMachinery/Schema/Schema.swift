internal import Synchronization

/// What the API says of one type: the common ground of decoding, pruning, defaulting, protobuf,
/// patches, server-side apply and OpenAPI.
///
/// Built-in types come from the API tables; a custom resource brings its own, made from its
/// CustomResourceDefinition. Immutable once built; types refer to each other, also in cycles.
package final class SchemaType: Sendable {
    /// What JSON has here.
    package enum Shape: Sendable, Equatable {
        /// Carries kind and apiVersion.
        case object
        case list
        case structure
        /// A form of its own: time, microTime, quantity, intOrString, duration, rawExtension, fieldsV1, json.
        case builtin
        /// In JSON a list, in protobuf a message around it.
        case wrapper
        /// In JSON one of the members.
        case union
    }

    /// The table's name: `core/v1.Pod`.
    package let name: String
    package let shape: Shape
    /// The protobuf message, `k8s.io.api.core.v1.Pod`, or empty.
    package let protobufName: String
    /// Server-side apply treats the whole as one value.
    package let isAtomic: Bool
    /// Sorted by name; inlined structs are already spread out, except that `inlinePath` says where
    /// protobuf keeps them.
    package let fields: [SchemaField]
    /// Keeps fields that are not listed (custom resources with x-kubernetes-preserve-unknown-fields).
    package let preservesUnknownFields: Bool
    /// How protobuf writes the type, worked out at first use.
    private let cachedProtobufPlan = AtomicLazyReference<ProtobufPlan>()

    package init(
        name: String, shape: Shape, protobufName: String = "", isAtomic: Bool = false, fields: [SchemaField],
        preservesUnknownFields: Bool = false
    ) {
        self.name = name
        self.shape = shape
        self.protobufName = protobufName
        self.isAtomic = isAtomic
        self.fields = fields.sorted { $0.name < $1.name }
        self.preservesUnknownFields = preservesUnknownFields
    }

    var protobufPlan: ProtobufPlan {
        cachedProtobufPlan.load() ?? cachedProtobufPlan.storeIfNil(ProtobufPlan(self))
    }

    package func field(_ name: String) -> SchemaField? {
        guard fields.count > Self.scanMax else {
            let length = name.utf8.count
            return fields.first { $0.name.utf8.count == length && $0.name == name }
        }
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < fields.count && fields[low].name == name ? fields[low] : nil
    }

    /// Up to here, looking at every name beats comparing a few by order: most differ in length already.
    private static let scanMax = 8
}

/// One field of a type. A class, because every walk over an object looks its fields up.
package final class SchemaField: Sendable {
    /// Whether and how protobuf writes the field.
    package enum Presence: Sendable {
        /// Always on the wire, zero included.
        case value
        /// Only when set.
        case pointer
        case list
        case map
    }

    package enum JSONEmission: Sendable {
        case always
        case omitEmpty
        case omitZero
        case never
    }

    /// How apply and merge treat a list, map or struct.
    package enum Merge: Sendable, Equatable {
        /// Nothing is said: lists are atomic, maps and structs granular.
        case unspecified
        case atomic
        case set
        /// A list whose items are told apart by these fields.
        case map(keys: [String])
        case granular

        /// The keys of a list's items in the order of their names; none where items have no keys.
        var sortedKeys: [String] { if case .map(let keys) = self { keys.sorted() } else { [] } }
    }

    /// The table's declared strategic merge: `merge`, `replace`, `retainKeys`, with the merge key.
    package struct PatchStrategy: Sendable, Equatable {
        package var merge: Bool
        package var replace: Bool
        package var retainKeys: Bool
        package var mergeKey: String?

        package init(merge: Bool = false, replace: Bool = false, retainKeys: Bool = false, mergeKey: String? = nil) {
            self.merge = merge
            self.replace = replace
            self.retainKeys = retainKeys
            self.mergeKey = mergeKey
        }
    }

    package let name: String
    /// The name as a path element of `fieldsV1`.
    package let pathElement: String
    package let type: FieldType
    /// The protobuf field number, 0 when protobuf does not have it.
    package let number: Int
    /// The protobuf numbers of the nested messages that hold this inlined field, outermost first; empty when
    /// it is not inlined.
    package let inlinePath: [Int]
    package let presence: Presence
    package let emission: JSONEmission
    package let isRequired: Bool
    package let merge: Merge
    /// The keys of a list's items in the order of their names.
    package let sortedKeys: [String]
    package let patch: PatchStrategy
    /// The declared default.
    package let defaultValue: Value?
    /// The closed set of values, when the API declares one.
    package let allowedValues: [String]?

    package init(
        name: String, type: FieldType, number: Int = 0, inlinePath: [Int] = [], presence: Presence = .pointer,
        emission: JSONEmission = .omitEmpty, isRequired: Bool = false, merge: Merge = .unspecified,
        patch: PatchStrategy = PatchStrategy(), defaultValue: Value? = nil, allowedValues: [String]? = nil
    ) {
        self.name = name
        pathElement = "f:" + name
        self.type = type
        self.number = number
        self.inlinePath = inlinePath
        self.presence = presence
        self.emission = emission
        self.isRequired = isRequired
        self.merge = merge
        sortedKeys = merge.sortedKeys
        self.patch = patch
        self.defaultValue = defaultValue
        self.allowedValues = allowedValues
    }
}

/// The type of a field's value.
package indirect enum FieldType: Sendable {
    case string
    case bool
    case int32
    case int64
    case double
    /// base64 in JSON.
    case bytes
    case builtin(BuiltinType)
    case type(TypeReference)
    case list(FieldType)
    case map(FieldType)
    /// Anything at all (custom resources).
    case any
}

/// Types with a JSON form of their own.
package enum BuiltinType: String, Sendable, CaseIterable {
    case time, microTime, quantity, intOrString, duration, rawExtension, fieldsV1, json
}

/// A reference to a type that may be filled in after the referring type was made, so that types can be recursive.
package final class TypeReference: Sendable {
    /// The table's name.
    package let name: String
    private let resolve: @Sendable (String) -> SchemaType
    private let resolved = AtomicLazyReference<SchemaType>()

    package init(name: String, resolve: @escaping @Sendable (String) -> SchemaType) {
        self.name = name
        self.resolve = resolve
    }

    package init(_ type: SchemaType) {
        name = type.name
        resolve = { _ in type }
    }

    /// Looked up once, then free.
    package var type: SchemaType { resolved.load() ?? resolved.storeIfNil(resolve(name)) }
}
