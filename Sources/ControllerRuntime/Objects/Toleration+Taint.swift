package import APITypes

extension [Toleration] {
    /// Whether any of them tolerates the taint.
    package func tolerate(_ taint: Taint) -> Bool { contains { $0.tolerates(taint) } }
}

extension Toleration {
    /// An empty effect tolerates all effects; an empty key with `Exists` all taints.
    package func tolerates(_ taint: Taint) -> Bool {
        guard effect.isEmpty || effect == taint.effect, key.isEmpty || key == taint.key else { return false }
        switch `operator` {
        case "", "Equal": return !key.isEmpty && value == taint.value
        case "Exists": return true
        case "Lt": return Self.compare(taint.value, value, <)
        case "Gt": return Self.compare(taint.value, value, >)
        case _: return false
        }
    }

    private static func compare(_ left: String, _ right: String, _ isOrdered: (Int64, Int64) -> Bool) -> Bool {
        guard let left = Int64(left), let right = Int64(right) else { return false }
        return isOrdered(left, right)
    }
}
