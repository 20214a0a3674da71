package import Determinism

/// How long something that keeps failing must wait: doubles with each try, and is forgotten after a while of peace.
///
/// One value serves restarts of containers, another pulls of images. Upstream's `flowcontrol.Backoff`.
package struct RestartBackoff: Sendable, Equatable {
    package static let initial = Duration.seconds(10)
    package static let maximum = Duration.seconds(300)
    /// An entry that was not touched for this long starts anew.
    package static let forgottenAfter = Duration.seconds(600)

    private struct Entry: Equatable {
        var delay: Duration
        var lastTry: Timestamp
    }

    private var entries: [String: Entry] = [:]

    package init() {}

    /// The whole delay that is in force for `key`, zero when there is none.
    package func delay(_ key: String) -> Duration { entries[key]?.delay ?? .zero }

    /// How long `key` must still wait, counted from `since` (the end of the last try); nil when it may go on.
    package func remaining(_ key: String, since: Timestamp, now: Timestamp) -> Duration? {
        guard let entry = entries[key], since - entry.lastTry <= Self.forgottenAfter else { return nil }
        let remaining = entry.delay - (now - since)
        return remaining > .zero ? remaining : nil
    }

    /// How long `key` must still wait, counted from its last try.
    package func remainingSinceTry(_ key: String, now: Timestamp) -> Duration? {
        guard let entry = entries[key], now - entry.lastTry <= Self.forgottenAfter else { return nil }
        let remaining = entry.delay - (now - entry.lastTry)
        return remaining > .zero ? remaining : nil
    }

    /// Notes a try at `now` after an end at `since`.
    package mutating func tried(_ key: String, since: Timestamp, now: Timestamp) {
        if let entry = entries[key], since - entry.lastTry <= Self.forgottenAfter {
            entries[key] = Entry(delay: min(entry.delay * 2, Self.maximum), lastTry: now)
        } else {
            entries[key] = Entry(delay: Self.initial, lastTry: now)
        }
    }

    package mutating func forget(prefix: String) { entries = entries.filter { !$0.key.hasPrefix(prefix) } }
}
