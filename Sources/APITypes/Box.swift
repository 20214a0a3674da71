package import APIMachinery

/// Keeps a struct on the heap, shared by copies until one of them changes it, so that objects that hold it stay
/// small and cheap to copy. To users it looks like a plain property.
@propertyWrapper
package struct Box<Content: APIStruct>: Sendable {
    /// `nil` stands for the empty struct.
    var cell: BoxCell<Content>?

    package init() { cell = nil }

    package init(wrappedValue: Content) { cell = BoxCell(wrappedValue) }

    package var wrappedValue: Content {
        get { cell?.content ?? Content() }
        set { cell = BoxCell(newValue) }
        _modify {
            if !isKnownUniquelyReferenced(&cell) { cell = BoxCell(cell?.content ?? Content()) }
            guard let cell else { preconditionFailure("the box was just filled") }
            yield &cell.content
        }
    }
}

/// A ``Box`` for what may be absent.
@propertyWrapper
package struct OptionalBox<Content: APIStruct>: Sendable {
    var cell: BoxCell<Content>?

    package init() { cell = nil }

    package init(wrappedValue: Content?) { cell = wrappedValue.map { BoxCell($0) } }

    package var wrappedValue: Content? {
        get { cell?.content }
        set { cell = newValue.map { BoxCell($0) } }
        _modify {
            // Moved out and back in, so that a change in place copies nothing when nobody else holds it.
            var content: Content?
            if isKnownUniquelyReferenced(&cell) {
                content = cell?.take()
            } else {
                content = cell?.content
                cell = nil
            }
            defer {
                if let content {
                    if let cell { cell.content = content } else { cell = BoxCell(content) }
                } else {
                    cell = nil
                }
            }
            yield &content
        }
    }
}

/// What copies of a box share. It is only written by a box that holds the one reference to it.
// Unique references are checked before every write, so that no two threads meet in a written cell.
package final class BoxCell<Content: APIStruct>: @unchecked Sendable {
    var content: Content

    init(_ content: Content) { self.content = content }

    /// Leaves the empty struct behind.
    func take() -> Content {
        var taken = Content()
        swap(&taken, &content)
        return taken
    }
}

extension Box: Equatable {
    package static func == (left: Box, right: Box) -> Bool {
        left.cell === right.cell || left.wrappedValue == right.wrappedValue
    }
}

extension OptionalBox: Equatable {
    package static func == (left: OptionalBox, right: OptionalBox) -> Bool {
        left.cell === right.cell || left.wrappedValue == right.wrappedValue
    }
}
