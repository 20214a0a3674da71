package import APIMachinery

extension CustomSchema {
    /// Fills in what is not there and has a default. A `null` that may not be one counts as not there.
    package func setDefaults(_ value: inout Value) {
        guard hasDefaults else { return }
        switch value {
        case .object(var fields):
            value = .null
            for property in properties {
                guard let standard = property.schema.defaultValue else { continue }
                switch fields[property.name] {
                case nil: fields[property.name] = standard
                case .null? where !property.schema.isNullable: fields[property.name] = standard
                case .some: break
                }
            }
            fields.mapValues { name, field in member(name)?.setElementDefaults(&field) }
            value = .object(fields)
        case .array(var list):
            value = .null
            for index in list.indices { items?.setElementDefaults(&list[index]) }
            value = .array(list)
        case .null, .bool, .integer, .double, .string:
            break
        }
    }

    private func setElementDefaults(_ value: inout Value) {
        if value.isNull, !isNullable, let standard = defaultValue { value = standard }
        setDefaults(&value)
    }

    /// Removes fields that are `null`, may not be, and have no default to take their place.
    package func dropNulls(_ value: inout Value) {
        switch value {
        case .object(var fields):
            value = .null
            var kept: [Fields.Element] = []
            for var element in fields.takeElements() {
                let schema = member(element.name)
                if element.value.isNull, let schema, !schema.isNullable, schema.defaultValue == nil { continue }
                schema?.dropNulls(&element.value)
                kept.append(element)
            }
            value = .object(Fields(sorted: kept))
        case .array(var list):
            value = .null
            for index in list.indices { items?.dropNulls(&list[index]) }
            value = .array(list)
        case .null, .bool, .integer, .double, .string:
            break
        }
    }
}
