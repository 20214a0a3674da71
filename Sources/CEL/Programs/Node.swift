/// A step of a compiled expression. Steps refer to each other by their index.
enum Node: Sendable {
    typealias Index = Int32

    enum Arithmetic: Sendable { case add, subtract, multiply, divide, modulo }
    enum Comparison: Sendable { case less, lessOrEqual, greater, greaterOrEqual }

    case constant(Int32)
    /// A variable of the activation.
    case variable(Int32)
    /// A variable of a loop.
    case local(Int32)
    case select(Index, name: Int32)
    case selectOptional(Index, name: Int32)
    case test(Index, name: Int32)
    case lookUp(Index, Index)
    case lookUpOptional(Index, Index)
    case and(Index, Index)
    case or(Index, Index)
    case not(Index)
    case conditional(Index, Index, Index)
    case equal(Index, Index)
    case notEqual(Index, Index)
    case compare(Comparison, Index, Index)
    case arithmetic(Arithmetic, Index, Index)
    case negate(Index)
    case contained(Index, Index)
    /// In a list of constants, made into a set.
    case containedInSet(Index, set: Int32)
    case notStrictlyFalse(Index)
    /// So many of the operands from a position on.
    case list(first: Int32, count: Int32)
    /// Keys and values take turns.
    case map(first: Int32, count: Int32)
    /// A list or map with optional items: the aggregate's index.
    case optionalList(Int32)
    case optionalMap(Int32)
    /// The fields, as an object of a named type.
    case structure(Index, name: Int32)
    case loop(Int32)
    /// Adds an item to the list that a loop collects, where it lies.
    case append(local: Int32, Index)
    case call(Int32)
}

/// A compiled expression: final, shared and without a pointer to follow between steps.
final class ProgramCode: Sendable {
    struct Loop: Sendable {
        let range: Node.Index
        let initial: Node.Index
        let condition: Node.Index
        let step: Node.Index
        let result: Node.Index
        let accumulator: Int32
        let variable: Int32
        let secondVariable: Int32?
    }

    struct Call: Sendable {
        let function: String
        /// In the order of their declaration.
        let overloads: [CELOverload]
        let arguments: [Node.Index]
        let cost: RuntimeCost
    }

    struct OptionalAggregate: Sendable {
        let items: [Node.Index]
        /// Which items (of a map: entries) are optional.
        let optionals: Set<Int>
    }

    let root: Node.Index
    let nodes: [Node]
    /// What a step costs besides its parts.
    let charges: [RuntimeCost]
    let operands: [Node.Index]
    let constants: [CELValue]
    let names: [String]
    let variables: [String]
    let loops: [Loop]
    let calls: [Call]
    let aggregates: [OptionalAggregate]
    let sets: [ConstantSet]
    let localCount: Int

    init(_ lowering: Lowering, root: Node.Index) {
        self.root = root
        nodes = lowering.nodes
        charges = lowering.charges
        operands = lowering.operands
        constants = lowering.constants
        names = lowering.names
        variables = lowering.variables
        loops = lowering.loops
        calls = lowering.calls
        aggregates = lowering.aggregates
        sets = lowering.sets
        localCount = lowering.localCount
    }
}

/// The items of a constant list, found by hashing.
struct ConstantSet: Sendable {
    private var dictionary = CELDictionary()
    private var doubles: [CELValue] = []

    /// `nil` when an item is of a type that has no hash.
    init?(_ items: [CELValue]) {
        for item in items {
            if CELDictionary.isKey(item) {
                _ = dictionary.insert(.null, for: item)
            } else if case .double = item {
                doubles.append(item)
            } else {
                return nil
            }
        }
    }

    func contains(_ value: CELValue) -> Bool {
        dictionary[value] != nil || doubles.contains { $0.isEqual(to: value) }
    }
}
