package import APIMachinery

/// Where in an object a field is: `spec.containers[0].resources.limits[cpu]`. Made into a text only for an error.
package indirect enum FieldPath: Sendable, CustomStringConvertible {
    case root
    case child(FieldPath, String)
    case index(FieldPath, Int)
    case key(FieldPath, String)

    package var description: String {
        switch self {
        case .root: ""
        case .child(.root, let name): name
        case .child(let parent, let name): "\(parent).\(name)"
        case .index(let parent, let index): "\(parent)[\(index)]"
        case .key(let parent, let key): "\(parent)[\(key)]"
        }
    }
}

/// A value together with its place in the object: what validation walks objects with.
package struct FieldView: Sendable {
    package let value: Value?
    private let place: Place

    /// Most views are of a field that is as it should be, or not there: nobody asks for their path.
    private enum Place: Sendable {
        case at(FieldPath)
        case child(of: FieldPath, String)
    }

    package init(_ object: Value?) { self.init(object, at: .root) }

    package init(_ value: Value?, at path: FieldPath) {
        self.value = value
        place = .at(path)
    }

    private init(_ value: Value?, of parent: FieldPath, _ name: String) {
        self.value = value
        switch value {
        // What has parts is asked for their paths, each of which begins with this one.
        case .object, .array: place = .at(.child(parent, name))
        case nil, .null, .bool, .integer, .double, .string: place = .child(of: parent, name)
        }
    }

    package var path: FieldPath {
        switch place {
        case .at(let path): path
        case .child(let parent, let name): .child(parent, name)
        }
    }

    /// Of an item of a list: its place there.
    package var position: Int { if case .index(_, let index) = path { index } else { 0 } }

    package subscript(_ name: String) -> FieldView { FieldView(value?[name], of: path, name) }

    /// Whether a field is there.
    package func has(_ name: String) -> Bool { value?[name].map { !$0.isNull } ?? false }

    /// An entry of a map.
    package subscript(key key: String) -> FieldView { FieldView(value?[key], at: .key(path, key)) }

    /// The items of a list, none when there is no list.
    package var items: [FieldView] {
        guard case .array(let values)? = value else { return [] }
        return values.enumerated().map { FieldView($1, at: .index(path, $0)) }
    }

    /// The entries of a map in the order of their keys.
    package var entries: [(key: String, view: FieldView)] {
        guard case .object(let fields)? = value else { return [] }
        return fields.map { ($0.name, FieldView($0.value, at: .key(path, $0.name))) }
    }

    package var exists: Bool { value.map { !$0.isNull } ?? false }
    /// The text, empty when there is none.
    package var text: String { value?.stringValue ?? "" }
    package var number: Int64? { value?.integerValue }
    package var flag: Bool { value?.boolValue ?? false }
    package var quantity: Quantity? { value?.stringValue.flatMap { Quantity($0) } }
    package var texts: [String] { (value?.arrayValue ?? []).compactMap(\.stringValue) }

    /// What Go shows of a text that is not there.
    package var orEmpty: FieldView { exists ? self : FieldView("", at: path) }

    /// Nothing at all, or a text, list or map without contents.
    package var isEmpty: Bool {
        switch value {
        case nil, .null?: true
        case .string(let text)?: text.isEmpty
        case .array(let items)?: items.isEmpty
        case .object(let fields)?: fields.isEmpty
        case .bool?, .integer?, .double?: false
        }
    }
}

// MARK: Errors at this place

extension FieldView {
    package func required(_ why: String = "") -> FieldError { .required(path.description, why) }
    package func forbidden(_ why: String) -> FieldError { .forbidden(path.description, why) }
    /// What is not there is shown as an empty text.
    package func invalid(_ why: String) -> FieldError { .invalid(path.description, value ?? "", why) }
    package func invalid(_ shown: some FieldErrorValue, _ why: String) -> FieldError {
        .invalid(path.description, shown, why)
    }
    /// One whose value says nothing to who reads it.
    package func refused(_ why: String) -> FieldError { FieldError(.invalid, path.description, "Invalid value: \(why)") }
    package func duplicate() -> FieldError { .duplicate(path.description, value ?? "") }
    package func duplicate(_ shown: some FieldErrorValue) -> FieldError { .duplicate(path.description, shown) }
    package func notFound() -> FieldError { .notFound(path.description, value ?? "") }
    package func notSupported(_ supported: [String]) -> FieldError {
        .notSupported(path.description, value ?? "", supported)
    }
    /// What is not there is shown as an empty text.
    package func invalidChoice(_ supported: [String]) -> FieldError {
        .notSupported(path.description, text, supported)
    }
    package func tooLong(_ maximum: Int) -> FieldError { .tooLong(path.description, maximum: maximum) }
    package func tooMany(_ maximum: Int) -> FieldError {
        .tooMany(path.description, count: value?.arrayValue?.count ?? 0, maximum: maximum)
    }
}
