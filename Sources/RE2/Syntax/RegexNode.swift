/// A pattern as a tree.
indirect enum RegexNode {
    case empty
    /// One scalar of the set.
    case scalars(ScalarSet)
    case assertion(RegexAssertion)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    /// `max` is nil where there is no end.
    case repetition(RegexNode, min: Int, max: Int?, isGreedy: Bool)
}

/// What a position must be like.
enum RegexAssertion: UInt8, Sendable {
    case textStart
    case textEnd
    case lineStart
    case lineEnd
    case wordBoundary
    case noWordBoundary

    /// Whether the answer depends on the scalars around the position, not just on where the text ends.
    var needsNeighbours: Bool {
        switch self {
        case .textStart, .textEnd: false
        case .lineStart, .lineEnd, .wordBoundary, .noWordBoundary: true
        }
    }
}
