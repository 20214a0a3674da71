internal import Synchronization

/// A number that goes up; as a gauge, also down.
package final class Counter: Sendable {
    private let cell = Atomic<Int>(0)

    package init() {}

    package func add(_ amount: Int = 1) { cell.add(amount, ordering: .relaxed) }

    /// For gauges only.
    package func set(_ value: Int) { cell.store(value, ordering: .relaxed) }

    package var value: Int { cell.load(ordering: .relaxed) }
}
