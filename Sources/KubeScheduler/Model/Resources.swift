internal import APIMachinery
internal import APITypes

/// Amounts of resources as whole numbers, so that fitting is a comparison of integers.
package struct Resources: Sendable, Equatable {
    /// Thousandths of a processor.
    package var cpuMillis: Int64 = 0
    /// Bytes.
    package var memory: Int64 = 0
    /// Bytes.
    package var ephemeralStorage: Int64 = 0
    /// Extended resources and huge pages, in whole units.
    package var extended: [String: Int64] = [:]

    package init(cpuMillis: Int64 = 0, memory: Int64 = 0, ephemeralStorage: Int64 = 0, extended: [String: Int64] = [:]) {
        self.cpuMillis = cpuMillis
        self.memory = memory
        self.ephemeralStorage = ephemeralStorage
        self.extended = extended
    }

    init(_ list: [String: Quantity]) {
        for (name, quantity) in list {
            switch name {
            case "cpu": cpuMillis = quantity.milliValue
            case "memory": memory = quantity.value
            case "ephemeral-storage": ephemeralStorage = quantity.value
            case "pods": continue
            case _: extended[name] = quantity.value
            }
        }
    }

    static func += (left: inout Resources, right: Resources) {
        left.cpuMillis += right.cpuMillis
        left.memory += right.memory
        left.ephemeralStorage += right.ephemeralStorage
        for (name, amount) in right.extended { left.extended[name, default: 0] += amount }
    }

    static func -= (left: inout Resources, right: Resources) {
        left.cpuMillis -= right.cpuMillis
        left.memory -= right.memory
        left.ephemeralStorage -= right.ephemeralStorage
        for (name, amount) in right.extended { left.extended[name, default: 0] -= amount }
    }

    /// The larger amount of each resource.
    mutating func raise(to other: Resources) {
        cpuMillis = max(cpuMillis, other.cpuMillis)
        memory = max(memory, other.memory)
        ephemeralStorage = max(ephemeralStorage, other.ephemeralStorage)
        for (name, amount) in other.extended { extended[name] = max(extended[name, default: 0], amount) }
    }
}

/// What a pod asks for, by upstream's rules: the sum of its containers, or what one of its init containers
/// needs beside the sidecars started before it, whichever is more, and the overhead of its runtime class.
struct PodRequests: Sendable {
    /// A container that names no amount counts as this much where nodes are compared.
    static let defaultCPUMillis: Int64 = 100
    static let defaultMemory: Int64 = 200 * 1024 * 1024

    var requested = Resources()
    /// With the defaults filled in; only scores look at it.
    var nonZero = Resources()

    init(_ pod: Pod) {
        let running = Self.actual(pod.status)
        requested = Self.total(pod.spec) { container in
            var amounts = Resources(container.resources.requests)
            if let actual = running[container.name] { amounts.raise(to: actual) }
            return amounts
        }
        nonZero = Self.total(pod.spec) { container in
            var amounts = Resources(container.resources.requests)
            if let actual = running[container.name] { amounts.raise(to: actual) }
            if container.resources.requests["cpu"] == nil { amounts.cpuMillis = Self.defaultCPUMillis }
            if container.resources.requests["memory"] == nil { amounts.memory = Self.defaultMemory }
            return amounts
        }
    }

    /// What containers hold while a resize in place is on its way.
    private static func actual(_ status: PodStatus) -> [String: Resources] {
        var result: [String: Resources] = [:]
        for container in status.containerStatuses {
            guard let resources = container.resources else { continue }
            result[container.name] = Resources(resources.requests)
        }
        return result
    }

    private static func total(_ spec: PodSpec, _ amounts: (Container) -> Resources) -> Resources {
        var total = Resources()
        for container in spec.containers { total += amounts(container) }
        var sidecars = Resources()
        var peak = Resources()
        for container in spec.initContainers {
            var needed = amounts(container)
            if container.restartPolicy == "Always" {
                total += needed
                sidecars += needed
                needed = sidecars
            } else {
                needed += sidecars
            }
            peak.raise(to: needed)
        }
        total.raise(to: peak)
        if let whole = spec.resources?.requests {
            let named = Resources(whole)
            if whole["cpu"] != nil { total.cpuMillis = named.cpuMillis }
            if whole["memory"] != nil { total.memory = named.memory }
            for (name, amount) in named.extended { total.extended[name] = amount }
        }
        total += Resources(spec.overhead)
        return total
    }
}
