package import APIMachinery
internal import Synchronization

/// Who creates many objects creates them alike. The fields of the last few outlines, so that what is new in an
/// object is computed once for all objects that have the same fields.
///
/// For one version of one resource: the schema must not change.
package final class FieldOutlines: Sendable {
    /// Outlines that are kept; the least recent goes first.
    package static let keptMax = 8

    private struct Outline: Sendable {
        /// One of the objects that look like this.
        let sample: Value
        let fields: FieldSet
    }

    private let kept = Mutex<[Outline]>([])

    package init() {}

    /// The fields of `object`, known or computed.
    func fields(of object: Value, compute: () throws(PatchError) -> FieldSet) throws(PatchError) -> FieldSet {
        let known = kept.withLock { $0 }
        if let outline = known.last(where: { $0.sample.isOutlined(like: object, asItem: false) }) {
            return outline.fields
        }
        let fields = try compute()
        kept.withLock { kept in
            if kept.count >= Self.keptMax { kept.removeFirst() }
            kept.append(Outline(sample: object, fields: fields))
        }
        return fields
    }
}

extension Value {
    /// Whether both have the same fields, whatever the schema: values count only in lists, where they may be keys.
    fileprivate func isOutlined(like other: Value, asItem: Bool) -> Bool {
        switch (self, other) {
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            for (a, b) in zip(left.elements, right.elements) {
                guard a.name == b.name else { return false }
                if asItem, !a.value.isCollection {
                    guard a.value == b.value else { return false }
                } else if !a.value.isOutlined(like: b.value, asItem: false) {
                    return false
                }
            }
            return true
        case (.array(let left), .array(let right)):
            guard left.count == right.count else { return false }
            for (a, b) in zip(left, right) {
                guard a.isCollection ? a.isOutlined(like: b, asItem: true) : a == b else { return false }
            }
            return true
        case (.null, .null): return true
        case (.null, _), (_, .null): return false
        case _: return !isCollection && !other.isCollection
        }
    }

    private var isCollection: Bool {
        switch self {
        case .object, .array: true
        case .null, .bool, .integer, .double, .string: false
        }
    }
}
