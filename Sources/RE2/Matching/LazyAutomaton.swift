/// A deterministic automaton whose states are made when a text first leads to them.
///
/// A state is the set of instructions that threads could be at; it does not know where they began, so it can only
/// say whether there is a match. Scalars that no set of the program tells apart share a class, so that a state has
/// few ways out. When there are too many states, they are forgotten and made anew.
struct LazyAutomaton: Sendable {
    private struct State: Sendable {
        let instructions: [Int32]
        /// A match has been found, or will be when the text ends here.
        let isMatch: Bool
        let matchesAtEnd: Bool
    }

    private let program: RegexProgram
    private let classes: ScalarClasses
    private var states: [State] = []
    private var known: [[Int32]: Int32] = [:]
    /// For state times class: the next state, or -1 while it is not known.
    private var ways: [Int32] = []
    private var first: Int32 = -1

    private static let stateMax = 1000

    init(_ program: RegexProgram) {
        self.program = program
        classes = ScalarClasses(program.sets)
    }

    mutating func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if first < 0 { first = state(of: closure([program.start], isTextStart: true), isTextStart: true) }
        var state = Int(first)
        var position = 0
        while position < bytes.count {
            if states[state].isMatch { return true }
            let (scalar, width) = UTF8Cursor.decode(bytes, at: position)
            position += width
            let way = state * classes.count + Int(classes[scalar])
            let next = ways[way]
            state = next >= 0 ? Int(next) : Int(go(from: state, taking: scalar, way))
        }
        return states[state].isMatch || states[state].matchesAtEnd
    }

    /// Makes the next state and remembers the way, unless all had to be forgotten.
    private mutating func go(from state: Int, taking scalar: UInt32, _ way: Int) -> Int32 {
        var targets: [Int32] = []
        for index in states[state].instructions {
            if case .take(let set, let next) = program.instructions[Int(index)],
                program.sets[Int(set)].contains(scalar)
            {
                targets.append(next)
            }
        }
        // A match may begin anywhere.
        targets.append(program.start)
        let next = closure(targets, isTextStart: false)
        if states.count >= LazyAutomaton.stateMax, known[next] == nil {
            states = []
            known = [:]
            ways = []
            first = -1
            return self.state(of: next)
        }
        let number = self.state(of: next)
        ways[way] = number
        return number
    }

    private mutating func state(of instructions: [Int32], isTextStart: Bool = false) -> Int32 {
        // The first state is like no other: only there has the text not begun.
        if !isTextStart, let number = known[instructions] { return number }
        let isMatch = instructions.contains(where: isMatchInstruction)
        let atEnd = closure(instructions, isTextStart: isTextStart, isTextEnd: true)
        let matchesAtEnd = isMatch || atEnd.contains(where: isMatchInstruction)
        states.append(State(instructions: instructions, isMatch: isMatch, matchesAtEnd: matchesAtEnd))
        ways.append(contentsOf: repeatElement(-1, count: classes.count))
        let number = Int32(states.count - 1)
        if !isTextStart { known[instructions] = number }
        return number
    }

    private func isMatchInstruction(_ index: Int32) -> Bool {
        if case .match = program.instructions[Int(index)] { true } else { false }
    }

    /// Where threads come to rest from here, sorted. The text's end stays open: its check is kept as an instruction.
    private func closure(_ starts: [Int32], isTextStart: Bool, isTextEnd: Bool = false) -> [Int32] {
        var seen: Set<Int32> = []
        var resting: [Int32] = []
        var stack = starts
        while let index = stack.popLast() {
            guard seen.insert(index).inserted else { continue }
            switch program.instructions[Int(index)] {
            case .fork(let one, let other): stack += [one, other]
            case .check(.textStart, let next): if isTextStart { stack.append(next) }
            case .check(.textEnd, let next): if isTextEnd { stack.append(next) } else { resting.append(index) }
            case .check: break
            case .take, .match: resting.append(index)
            }
        }
        return resting.sorted()
    }
}

/// Scalars by class: two are of one class when every set has both or neither.
struct ScalarClasses: Sendable {
    /// Where a class begins that reaches to the next entry.
    private let starts: [UInt32]
    private let ascii: [UInt16]

    var count: Int { starts.count }

    init(_ sets: [ScalarSet]) {
        var bounds: Set<UInt32> = [0]
        for range in sets.lazy.flatMap(\.ranges) {
            bounds.insert(range.lowerBound)
            bounds.insert(range.upperBound + 1)
        }
        let starts = bounds.sorted()
        self.starts = starts
        var ascii: [UInt16] = []
        var index = 0
        for scalar in UInt32(0)..<0x80 {
            while index + 1 < starts.count, starts[index + 1] <= scalar { index += 1 }
            ascii.append(UInt16(clamping: index))
        }
        self.ascii = ascii
    }

    subscript(_ scalar: UInt32) -> Int {
        if scalar < 0x80 { return Int(ascii[Int(scalar)]) }
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
