/// What has to be told to nft so that a table becomes what is wanted.
///
/// One transaction: the kernel takes all of it or nothing, and no packet sees half of it. Order
/// matters: a chain must exist before anything points to it, and nothing may point to it when it goes.
package struct RuleDifference: Equatable, Sendable {
    /// How many elements one command carries, so that no line grows without bound.
    static let elementsPerCommandMax = 1_000

    /// The transaction for `nft -f`; empty when nothing changed.
    package private(set) var text = ""
    /// How many commands the transaction has.
    package private(set) var commandCount = 0

    /// Replaces whatever the table holds.
    package static func whole(_ wanted: RuleTable) -> RuleDifference {
        var difference = RuleDifference()
        difference.say("add table ip \(wanted.name)")
        difference.say("delete table ip \(wanted.name)")
        difference.say("add table ip \(wanted.name)")
        difference.change(from: RuleTable(name: wanted.name), to: wanted)
        return difference
    }

    /// Turns `old`, which the kernel has, into `new`.
    package static func between(_ old: RuleTable, _ new: RuleTable) -> RuleDifference {
        var difference = RuleDifference()
        difference.change(from: old, to: new)
        return difference
    }

    private mutating func change(from old: RuleTable, to new: RuleTable) {
        precondition(old.name == new.name, "comparing tables \(old.name) and \(new.name)")
        let table = new.name
        declareSets(table, old.sets, new.sets)
        for (name, chain) in sorted(new.chains) where old.chains[name] == nil {
            say("add chain ip \(table) \(name)" + (chain.hook.map { " { \($0); }" } ?? ""))
        }
        removeElements(table, old.sets, new.sets)
        for (name, chain) in sorted(new.chains) where old.chains[name] != chain {
            if old.chains[name] != nil { say("flush chain ip \(table) \(name)") }
            for rule in chain.rules { say("add rule ip \(table) \(name) \(rule)") }
        }
        addElements(table, old.sets, new.sets)
        let goneChains = sorted(old.chains).map(\.key).filter { new.chains[$0] == nil }
        for name in goneChains { say("flush chain ip \(table) \(name)") }
        for name in goneChains { say("delete chain ip \(table) \(name)") }
        for (name, set) in sorted(old.sets) where new.sets[name]?.declaration != set.declaration {
            if new.sets[name] == nil { say("delete \(set.kind) ip \(table) \(name)") }
        }
    }

    private mutating func declareSets(_ table: String, _ old: [String: ElementSet], _ new: [String: ElementSet]) {
        for (name, set) in sorted(new) {
            if let before = old[name] {
                precondition(
                    before.declaration == set.declaration, "the declaration of \(name) is part of its name")
            } else {
                say("add \(set.kind) ip \(table) \(name) { \(set.declaration); }")
            }
        }
    }

    private mutating func removeElements(_ table: String, _ old: [String: ElementSet], _ new: [String: ElementSet]) {
        for (name, set) in sorted(old) {
            guard let wanted = new[name]?.elements else { continue }
            let gone = set.elements.filter { wanted[$0.key] != $0.value }
            say("delete element ip \(table) \(name)", elements: gone)
        }
    }

    private mutating func addElements(_ table: String, _ old: [String: ElementSet], _ new: [String: ElementSet]) {
        for (name, set) in sorted(new) {
            let known = old[name]?.elements ?? [:]
            say("add element ip \(table) \(name)", elements: set.elements.filter { known[$0.key] != $0.value })
        }
    }

    private mutating func say(_ command: String, elements: [String: String]) {
        var rest = sorted(elements)[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.elementsPerCommandMax)
            rest = rest.dropFirst(some.count)
            let list = some.map { $0.value.isEmpty ? $0.key : "\($0.key) : \($0.value)" }
            say("\(command) { \(list.joined(separator: ", ")) }")
        }
    }

    private mutating func say(_ command: String) {
        text += command
        text += "\n"
        commandCount += 1
    }

    private func sorted<Value>(_ dictionary: [String: Value]) -> [(key: String, value: Value)] {
        dictionary.sorted { $0.key < $1.key }
    }
}
