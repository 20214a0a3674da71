internal import APIMachinery

/// Who is to see an object once more because others changed it later.
///
/// All plugins run a second time when one of those that ask for it changed the object. In that second round they run
/// only what wants to be run again, and was there before the last change.
package struct Reinvocation: Sendable {
    private struct Plugin {
        /// What ran, and wants to run again after a change.
        var past: Set<String> = []
        /// What is to run in the second round.
        var due: Set<String> = []
        var lastOutput: Value?

        mutating func changed() {
            due.formUnion(past)
            past = []
        }
    }

    private(set) var isSecondRound = false
    private(set) var isWanted = false
    private var plugins: [String: Plugin] = [:]

    mutating func startSecondRound() { isSecondRound = true }

    /// A plugin has its turn; what others did since its last one counts as a change.
    mutating func begin(_ plugin: String, _ object: Value?) {
        guard isSecondRound, plugins[plugin]?.lastOutput != object else { return }
        plugins[plugin]?.changed()
    }

    mutating func end(_ plugin: String, _ object: Value?) { plugins[plugin, default: Plugin()].lastOutput = object }

    /// Whether something of the plugin runs in this round.
    func allows(_ plugin: String, _ key: String) -> Bool {
        !isSecondRound || plugins[plugin]?.due.contains(key) == true
    }

    /// Something of the plugin has run.
    mutating func ran(_ plugin: String, _ key: String, isChange: Bool, wantsAgain: Bool) {
        if isChange {
            plugins[plugin, default: Plugin()].changed()
            isWanted = true
        }
        if wantsAgain { plugins[plugin, default: Plugin()].past.insert(key) }
    }
}
