/// How protobuf writes a type: its fields by number, with inlined structs as nested messages.
///
/// A ``SchemaType`` has its fields by name, as JSON has them; this is the same table from the other side.
final class ProtobufPlan: Sendable {
    struct Group: Sendable {
        enum Entry: Sendable {
            /// The field's place in ``SchemaType/fields``.
            case field(Int)
            /// A nested message whose fields JSON has in the parent.
            case group(Group)
        }

        /// Sorted by number.
        fileprivate(set) var entries: [(number: Int, entry: Entry)] = []

        func entry(_ number: Int) -> Entry? {
            // A handful to a few dozen, and mostly asked for in order.
            for element in entries where element.number == number { return element.entry }
            return nil
        }
    }

    let root: Group

    init(_ type: SchemaType) {
        var root = Group()
        for (index, field) in type.fields.enumerated() where field.number > 0 {
            ProtobufPlan.add(index, field.number, field.inlinePath[...], to: &root)
        }
        self.root = root
    }

    private static func add(_ index: Int, _ number: Int, _ path: ArraySlice<Int>, to group: inout Group) {
        let here = path.first ?? number
        let place = group.entries.firstIndex { $0.number >= here } ?? group.entries.count
        guard path.first != nil else {
            group.entries.insert((number, .field(index)), at: place)
            return
        }
        var nested = Group()
        if place < group.entries.count, group.entries[place].number == here {
            if case .group(let found) = group.entries[place].entry { nested = found }
            group.entries.remove(at: place)
        }
        add(index, number, path.dropFirst(), to: &nested)
        group.entries.insert((here, .group(nested)), at: place)
    }
}

/// The kinds of fields on the wire.
enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case bytes = 2
    case fixed32 = 5
}

/// Why protobuf could not be read or written.
package struct ProtobufError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
