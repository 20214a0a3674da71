package import APIMachinery

/// A cell of a printed table.
package struct TableColumn: Sendable {
    package var name: String
    /// `string`, `integer`, `date`, ...
    package var type: String
    package var format: String
    package var description: String
    /// 0 is shown always, above that only with `-o wide`.
    package var priority: Int
    /// The cell of one object at one moment (ages count from `now`).
    package var cell: @Sendable (Value, TableMoment) -> Value

    package init(
        _ name: String, type: String = "string", format: String = "", description: String = "", priority: Int = 0,
        cell: @escaping @Sendable (Value, TableMoment) -> Value
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.description = description
        self.priority = priority
        self.cell = cell
    }
}

/// A resource: one declared value. What differs from all others is its strategy.
package struct ResourceDefinition: Sendable {
    package var info: ResourceInfo
    /// The schema of the served version; `nil` for resources that the tables do not describe.
    package var schema: SchemaType?
    package var strategy: any ResourceStrategy
    package var columns: [TableColumn]
    /// Beyond `metadata.name` and `metadata.namespace`, which every resource has.
    package var selectableFields: [SelectableField]
    package var indexedField: String?
    /// Objects go this long after their last write.
    package var timeToLive: Duration?
    /// Whether `metadata.generation` counts changes of the object's wishes.
    package var countsGenerations: Bool
    /// Whether a change of the status is a change of wishes: where the status is no part of its own.
    package var statusIsWish: Bool
    /// `nil`: the store speaks the version in which its objects lie.
    package var conversion: (any StorageConversion)?

    package init(
        info: ResourceInfo, schema: SchemaType?, strategy: any ResourceStrategy, columns: [TableColumn] = [],
        selectableFields: [SelectableField] = [], indexedField: String? = nil, timeToLive: Duration? = nil,
        countsGenerations: Bool = false, statusIsWish: Bool = false
    ) {
        self.info = info
        self.schema = schema
        self.strategy = strategy
        self.columns = columns
        self.selectableFields = selectableFields
        self.indexedField = indexedField
        self.timeToLive = timeToLive
        self.countsGenerations = countsGenerations
        self.statusIsWish = statusIsWish
    }
}
