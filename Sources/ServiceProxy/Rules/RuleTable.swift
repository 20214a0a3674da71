/// The wanted content of one nftables table: chains of rules, and sets and maps of elements.
///
/// A value, so that two of them can be compared (``RuleDifference``) and a test can send a packet through.
package struct RuleTable: Equatable, Sendable {
    package var name: String
    package var chains: [String: RuleChain] = [:]
    package var sets: [String: ElementSet] = [:]

    package init(name: String) { self.name = name }
}

/// A list of rules; with a hook, one that the kernel enters by itself.
package struct RuleChain: Equatable, Sendable {
    /// Where in the packet's way the chain is entered, in nft's words: `type nat hook output priority -100`.
    package var hook: String?
    package var rules: [Rule]

    package init(hook: String? = nil, _ rules: [Rule]) {
        self.hook = hook
        self.rules = rules
    }
}

/// A named set, or a map when `elements` have values. Keys and values are in nft's words.
package struct ElementSet: Equatable, Sendable {
    package enum Kind: String, Sendable { case set, map }

    package var kind: Kind
    /// The type of keys and values, and flags, in nft's words: `type ipv4_addr . inet_proto : verdict`.
    package var declaration: String
    /// Keys with their values, which are empty in a set. What packets add by themselves is not listed.
    package var elements: [String: String]

    package init(_ kind: Kind, _ declaration: String, elements: [String: String] = [:]) {
        self.kind = kind
        self.declaration = declaration
        self.elements = elements
    }
}
