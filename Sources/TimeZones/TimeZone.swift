internal import Glibc
internal import Synchronization

/// A zone of the system's database.
package struct TimeZone: Sendable {
    package static let utc = TimeZone(file: nil)

    private static let folder = "/usr/share/zoneinfo/"
    /// The largest zone file has some kilobytes.
    private static let fileMax = 1 << 16
    /// What was read once; the database has some hundred zones.
    private static let cache = Mutex<[String: TimeZone]>([:])

    /// `nil`: there are no changes, and no distance to UTC.
    private let file: ZoneFile?

    /// The zone of a name such as `Europe/Berlin`, also `UTC`; `nil` where there is none.
    package static func named(_ name: String) -> TimeZone? {
        if name == "UTC" { return utc }
        guard isSafe(name) else { return nil }
        if let known = cache.withLock({ $0[name] }) { return known }
        guard let bytes = read(folder + name), let file = ZoneFile(bytes) else { return nil }
        let zone = TimeZone(file: file)
        cache.withLock { $0[name] = zone }
        return zone
    }

    /// A zone from the bytes of its file (RFC 8536); `nil` for what is none.
    package init?(_ bytes: [UInt8]) {
        guard let file = ZoneFile(bytes) else { return nil }
        self.init(file: file)
    }

    private init(file: ZoneFile?) { self.file = file }

    /// Seconds east of UTC at a moment, in seconds since 1970.
    package func offset(at seconds: Int64) -> Int64 { file?.offset(at: seconds) ?? 0 }

    /// No name leads out of the database.
    private static func isSafe(_ name: String) -> Bool {
        let hasOnlySafe = name.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || (0x30...0x39).contains($0) || "/_+-".utf8.contains($0)
        }
        return hasOnlySafe && !name.isEmpty && !name.hasPrefix("/")
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: fileMax)
        let count = fread(&bytes, 1, fileMax, file)
        return count > 0 ? Array(bytes[..<count]) : nil
    }
}
