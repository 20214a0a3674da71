package import KeyValueStore

/// When the past of etcd is forgotten: upstream's protocol, so that any number of API servers, also upstream's, may
/// share one etcd and only one of them compacts in each round.
///
/// All know one key, and its version, which every write raises by one, is their clock. Once per interval each server
/// proposes the next tick: it writes the key if the version is still what it saw last. Who succeeds compacts through
/// the revision that *it* saw one round ago, so at least one interval of the past remains. The others have the version
/// told, and keep step.
package enum CompactionPlan {
    /// What a server remembers between two rounds.
    package struct Round: Sendable, Equatable {
        /// The version of the key; zero before anybody wrote it.
        package let version: Int64
        /// The newest revision when the round ended; zero before the first.
        package let revision: Revision

        package static let first = Round(version: 0, revision: 0)

        package init(version: Int64, revision: Revision) {
            self.version = version
            self.revision = revision
        }
    }

    /// What etcd said to the proposal, and its revision then.
    package enum Answer: Sendable, Equatable {
        case written(now: Revision)
        case ahead(version: Int64, now: Revision)
    }

    /// What to remember, and through which revision to compact.
    package static func decide(_ round: Round, _ answer: Answer) -> (next: Round, compact: Revision?) {
        switch answer {
        case .written(let now):
            // Who has just started knows no revision that is old enough.
            (Round(version: round.version + 1, revision: now), round.revision > 0 ? round.revision : nil)
        case .ahead(let version, let now):
            (Round(version: version, revision: now), nil)
        }
    }
}
