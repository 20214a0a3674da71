/// Runs a program with one thread for each instruction, in the order of their preference (Pike's machine).
///
/// All threads take each scalar together, so the time is text times program. A thread remembers where it began; of
/// two threads at one instruction the preferred one survives, which makes the match that Perl would find.
struct ThreadMatcher {
    private let program: RegexProgram
    private var current = ThreadList()
    private var upcoming = ThreadList()

    private struct ThreadList {
        var order: [Int32] = []
        var starts: [Int] = []
        /// For which step an instruction was last added.
        var seen: [Int] = []

        private var stack: [Int32] = []

        /// Follows forks and assertions from an instruction, preferred ways first.
        mutating func add(
            _ instruction: Int32, begin: Int, _ program: RegexProgram,
            _ bytes: UnsafeBufferPointer<UInt8>, _ position: Int, _ step: Int
        ) {
            stack.append(instruction)
            while let index = stack.popLast() {
                guard seen[Int(index)] != step else { continue }
                seen[Int(index)] = step
                switch program.instructions[Int(index)] {
                case .fork(let first, let second):
                    stack.append(second)
                    stack.append(first)
                case .check(let assertion, let next):
                    if ThreadMatcher.holds(assertion, bytes, position) { stack.append(next) }
                case .take, .match:
                    order.append(index)
                    starts.append(begin)
                }
            }
        }

        mutating func clear() {
            order.removeAll(keepingCapacity: true)
            starts.removeAll(keepingCapacity: true)
        }
    }

    private var step = 0

    init(_ program: RegexProgram) {
        self.program = program
        current.seen = Array(repeating: 0, count: program.instructions.count)
        upcoming.seen = current.seen
    }

    /// The leftmost match that begins at `position` or later.
    mutating func find(
        in bytes: UnsafeBufferPointer<UInt8>, from position: Int, isAnyMatchEnough: Bool
    ) -> Range<Int>? {
        var position = position
        var best: Range<Int>?
        current.clear()
        step += 1
        while true {
            if best == nil { current.add(program.start, begin: position, program, bytes, position, step) }
            if current.order.isEmpty, best != nil { break }
            let (scalar, width) = position < bytes.count ? UTF8Cursor.decode(bytes, at: position) : (0, 0)
            upcoming.clear()
            step += 1
            for (index, thread) in current.order.enumerated() {
                switch program.instructions[Int(thread)] {
                case .match:
                    best = current.starts[index]..<position
                    if isAnyMatchEnough { return best }
                case .take(let set, let next):
                    guard width > 0, program.sets[Int(set)].contains(scalar) else { continue }
                    upcoming.add(next, begin: current.starts[index], program, bytes, position + width, step)
                    continue
                case .fork, .check: continue
                }
                // A match: the threads after it are less preferred.
                break
            }
            if width == 0 { break }
            position += width
            swap(&current, &upcoming)
        }
        return best
    }

    fileprivate static func holds(
        _ assertion: RegexAssertion, _ bytes: UnsafeBufferPointer<UInt8>, _ position: Int
    ) -> Bool {
        let before = position > 0 ? bytes[position - 1] : nil
        let after = position < bytes.count ? bytes[position] : nil
        // Word characters are ASCII, so the neighbouring bytes tell.
        func isWord(_ byte: UInt8?) -> Bool { byte.map { UnicodeClasses.word.contains(UInt32($0)) } ?? false }
        switch assertion {
        case .textStart: return position == 0
        case .textEnd: return position == bytes.count
        case .lineStart: return before == nil || before == 0x0A
        case .lineEnd: return after == nil || after == 0x0A
        case .wordBoundary: return isWord(before) != isWord(after)
        case .noWordBoundary: return isWord(before) == isWord(after)
        }
    }
}
