internal import Determinism

/// The upper bounds of a histogram's buckets.
package struct HistogramLayout: Sendable {
    /// As the page shows them.
    package let bounds: [Double]
    /// In the whole numbers that are counted with.
    let limits: [Int]
    /// What one of these is worth.
    let unit: Double

    private init(_ bounds: [Double], unit: Double) {
        self.bounds = bounds
        self.unit = unit
        limits = bounds.map { Int(($0 / unit).rounded()) }
    }

    package static func seconds(_ bounds: [Double]) -> HistogramLayout { HistogramLayout(bounds, unit: 1e-9) }

    package static func whole(_ bounds: [Double]) -> HistogramLayout { HistogramLayout(bounds, unit: 1) }

    /// `count` bounds, each `factor` times the one before.
    package static func exponential(_ start: Double, _ factor: Double, _ count: Int) -> [Double] {
        (0..<count).map { (0..<$0).reduce(start) { bound, _ in bound * factor } }
    }
}

/// How often values of which size were seen.
package final class Histogram: Sendable {
    package let layout: HistogramLayout
    /// A cell for each bucket, one for what is above all, one for the sum.
    private let cells: Cells

    package init(_ layout: HistogramLayout) {
        self.layout = layout
        cells = Cells(layout.limits.count + 2)
    }

    package func observe(_ duration: Duration) { observe(Int(duration.wholeNanoseconds)) }

    package func observe(_ value: Int) {
        let limits = layout.limits
        var place = 0
        while place < limits.count, value > limits[place] { place += 1 }
        cells.add(1, at: place)
        cells.add(value, at: limits.count + 1)
    }

    package var snapshot: HistogramSnapshot {
        let buckets = (0...layout.limits.count).map { cells[$0] }
        return HistogramSnapshot(
            bounds: layout.bounds, buckets: buckets, sum: Double(cells[layout.limits.count + 1]) * layout.unit)
    }
}

/// A histogram at one moment.
package struct HistogramSnapshot: Sendable, Equatable {
    package var bounds: [Double]
    /// Each bucket by itself; one more than there are bounds.
    package var buckets: [Int]
    package var sum: Double

    package init(bounds: [Double], buckets: [Int], sum: Double) {
        self.bounds = bounds
        self.buckets = buckets
        self.sum = sum
    }

    package var count: Int { buckets.reduce(0, +) }
}
