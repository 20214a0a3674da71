/// What whoever opens the store decides.
package struct SQLiteStoreOptions: Sendable {
    /// How much of the past is kept. What is older than `duration` *and* further back than `revisions`
    /// is compacted while writes go on.
    package struct History: Sendable {
        package var duration: Duration
        package var revisions: Int64

        package init(duration: Duration = .seconds(600), revisions: Int64 = 10_000) {
            self.duration = duration
            self.revisions = revisions
        }

        /// Nothing is ever forgotten.
        package static let endless = History(duration: .seconds(1 << 40))
    }

    /// Keys under these prefixes may be lost in a power cut (never when only the process dies), and
    /// cost no wait for the disk.
    package var relaxedPrefixes: [String]
    package var history: History
    /// The database file never grows beyond this many bytes: writes are refused instead.
    package var sizeMax: Int64?

    package init(relaxedPrefixes: [String] = [], history: History = History(), sizeMax: Int64? = nil) {
        self.relaxedPrefixes = relaxedPrefixes
        self.history = history
        self.sizeMax = sizeMax
    }
}
