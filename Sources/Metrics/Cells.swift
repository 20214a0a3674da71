internal import Synchronization

/// A row of numbers that any thread may add to.
package final class Cells: @unchecked Sendable {
    // Unchecked: the memory is made once and holds nothing but atomics.
    private let cells: UnsafeMutableBufferPointer<Atomic<Int>>

    package init(_ count: Int) {
        cells = .allocate(capacity: count)
        for index in 0..<count { cells.initializeElement(at: index, to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize()
        cells.deallocate()
    }

    package var count: Int { cells.count }

    package func add(_ amount: Int, at index: Int) { cells[index].add(amount, ordering: .relaxed) }

    package subscript(_ index: Int) -> Int { cells[index].load(ordering: .relaxed) }
}

/// A row of things that are made when they are first asked for, without a lock.
package final class Slots<Element: AnyObject & Sendable>: @unchecked Sendable {
    // Unchecked: the memory is made once and holds nothing but atomics.
    private let slots: UnsafeMutableBufferPointer<AtomicLazyReference<Element>>

    package init(_ count: Int) {
        slots = .allocate(capacity: count)
        for index in 0..<count { slots.initializeElement(at: index, to: AtomicLazyReference()) }
    }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }

    /// The thing at a place; when two make it at once, one of theirs stays.
    package func at(_ index: Int, make: () -> Element) -> Element {
        slots[index].load() ?? slots[index].storeIfNil(make())
    }

    /// Everything that was made, with its place.
    package var made: [(index: Int, element: Element)] {
        slots.indices.compactMap { index in slots[index].load().map { (index, $0) } }
    }
}
