/// A pattern as instructions for a machine with many threads (Thompson's construction, as Pike runs it).
struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        /// Takes a scalar of the set with this index.
        case take(set: Int32, next: Int32)
        /// Goes both ways; the first is preferred.
        case fork(Int32, Int32)
        case check(RegexAssertion, next: Int32)
        case match
    }

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [ScalarSet] = []
    private(set) var start: Int32 = 0
    /// Some assertion looks at the scalars around a position.
    private(set) var needsNeighbours = false
    private var setIndex: [ScalarSet: Int32] = [:]

    /// As many as Go allows.
    static let instructionMax = 128 << 20 / 40

    init(_ node: RegexNode) throws(RE2Error) {
        let size = RegexProgram.size(of: node)
        guard size <= Double(RegexProgram.instructionMax) else { throw RE2Error(code: .large, part: "") }
        let match = add(.match)
        start = compile(node, then: match)
        setIndex = [:]
    }

    private static func size(of node: RegexNode) -> Double {
        switch node {
        case .empty, .scalars, .assertion: 1
        case .sequence(let parts), .alternatives(let parts): parts.reduce(1) { $0 + size(of: $1) }
        case .repetition(let part, let min, let max, _): size(of: part) * Double(Swift.max(max ?? min, 1)) + 1
        }
    }

    private mutating func add(_ instruction: Instruction) -> Int32 {
        instructions.append(instruction)
        return Int32(instructions.count - 1)
    }

    /// Back to front, so that every instruction knows where it leads; gives the first one.
    private mutating func compile(_ node: RegexNode, then next: Int32) -> Int32 {
        switch node {
        case .empty: return next
        case .scalars(let set):
            // Nothing is in the empty set: a thread that comes here ends.
            return add(.take(set: index(of: set), next: next))
        case .assertion(let assertion):
            if assertion.needsNeighbours { needsNeighbours = true }
            return add(.check(assertion, next: next))
        case .sequence(let parts):
            return parts.reversed().reduce(next) { compile($1, then: $0) }
        case .alternatives(let parts):
            var entry = compile(parts[parts.count - 1], then: next)
            for part in parts.dropLast().reversed() { entry = add(.fork(compile(part, then: next), entry)) }
            return entry
        case .repetition(let part, let min, let max, let isGreedy):
            return compile(part, min: min, max: max, isGreedy: isGreedy, then: next)
        }
    }

    private mutating func compile(
        _ part: RegexNode, min: Int, max: Int?, isGreedy: Bool, then next: Int32
    ) -> Int32 {
        var entry = next
        if let max {
            // x{2,4} is xx(x(x)?)?: from inside out.
            for _ in min..<Swift.max(max, min) {
                let body = compile(part, then: entry)
                entry = fork(to: body, orElse: next, isGreedy)
            }
        } else {
            let loop = add(.match)
            let body = compile(part, then: loop)
            instructions[Int(loop)] = isGreedy ? .fork(body, next) : .fork(next, body)
            // x* is (x+)?, so that an x that may be empty is tried once as such; further copies come before.
            if min == 0 { return fork(to: body, orElse: next, isGreedy) }
            return (1..<min).reduce(body) { entry, _ in compile(part, then: entry) }
        }
        return (0..<min).reduce(entry) { entry, _ in compile(part, then: entry) }
    }

    private mutating func fork(to body: Int32, orElse next: Int32, _ isGreedy: Bool) -> Int32 {
        add(isGreedy ? .fork(body, next) : .fork(next, body))
    }

    private mutating func index(of set: ScalarSet) -> Int32 {
        if let known = setIndex[set] { return known }
        sets.append(set)
        setIndex[set] = Int32(sets.count - 1)
        return Int32(sets.count - 1)
    }
}
