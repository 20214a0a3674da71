internal import APIMachinery
package import Determinism
internal import Glibc
package import Logging

/// Where finished lines go.
package protocol LogLines: Sendable {
    func write(_ line: [UInt8])
}

/// Lines to standard error, each in one write.
struct StandardErrorLines: LogLines {
    func write(_ line: [UInt8]) {
        // A log that cannot be written can be told to nobody.
        _ = line.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }
}

/// Log lines as JSON, with the field names of Kubernetes' own (`ts`, `caller`, `msg`, `v`, `err`).
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.info
    package var metadataProvider: Logger.MetadataProvider?
    private let lines: any LogLines
    private let time: any Timekeeper

    package init(to lines: any LogLines, time: any Timekeeper = SystemTimekeeper()) {
        self.lines = lines
        self.time = time
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let level = event.level
        var all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        let problem = level >= .error ? all.removeValue(forKey: "error") : nil
        let bytes = JSONWriter.bytes { writer in
            writer.beginObject()
            writer.key("ts")
            writer.raw(Array(Self.milliseconds(time.now).utf8))
            writer.key("caller")
            writer.string("\(event.file):\(event.line)")
            writer.key("msg")
            writer.string(event.message.description)
            if level < .error {
                writer.key("v")
                writer.raw(Array(String(Self.verbosity(level)).utf8))
            }
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                writer.key(key)
                writer.string(value.description)
            }
            if let problem {
                writer.key("err")
                writer.string(problem.description)
            }
            writer.endObject()
        }
        lines.write(bytes + [UInt8(ascii: "\n")])
    }

    /// What klog would have to be told to log this.
    private static func verbosity(_ level: Logger.Level) -> Int {
        switch level {
        case .trace: 6
        case .debug: 4
        case .info, .notice, .warning, .error, .critical: 0
        }
    }

    /// Since 1970, with what is below a millisecond behind the point.
    private static func milliseconds(_ now: Timestamp) -> String {
        let (whole, rest) = now.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        guard rest > 0 else { return String(whole) }
        let digits = String(rest)
        var fraction = String(repeating: "0", count: 6 - digits.count) + digits
        while fraction.last == "0" { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }
}
