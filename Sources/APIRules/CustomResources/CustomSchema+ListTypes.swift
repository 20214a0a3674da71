package import APIMachinery

extension CustomSchema {
    /// Items of sets, and keys of lists that are maps, may not occur twice.
    package func validateListTypes(_ value: Value, path: String = "") -> [FieldError] {
        switch value {
        case .object(let fields):
            return fields.flatMap { field -> [FieldError] in
                guard let schema = member(field.name) else { return [] }
                let isNamed = property(field.name) != nil
                let inner = isNamed ? (path.isEmpty ? field.name : "\(path).\(field.name)") : "\(path)[\(field.name)]"
                return schema.validateListTypes(field.value, path: inner)
            }
        case .array(let list):
            var errors: [FieldError] = []
            switch listType {
            case .set?:
                errors = Self.repeated(list).map { .duplicate("\(path)[\($0)]", list[$0]) }
            case .map?:
                if let index = list.firstIndex(where: { $0.objectValue == nil && !$0.isNull }) {
                    errors = [
                        .invalid("\(path)[\(index)]", list[index], "must be an object for an array of list-type map")
                    ]
                } else {
                    let keys = list.map(key)
                    errors = Self.repeated(keys).map { .duplicate("\(path)[\($0)]", keys[$0]) }
                }
            case .atomic?, nil:
                break
            }
            if let items {
                for (index, item) in list.enumerated() {
                    errors += items.validateListTypes(item, path: "\(path)[\(index)]")
                }
            }
            return errors
        case .null, .bool, .integer, .double, .string:
            return []
        }
    }

    private func key(of item: Value) -> Value {
        var key = Fields()
        for name in listMapKeys { key[name] = item[name] }
        return .object(key)
    }

    /// Where a value comes for the second time.
    private static func repeated(_ values: [Value]) -> [Int] {
        var times: [Value: Int] = [:]
        return values.indices.filter { index in
            times[values[index], default: 0] += 1
            return times[values[index]] == 2
        }
    }
}
