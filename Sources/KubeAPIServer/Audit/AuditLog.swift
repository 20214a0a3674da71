internal import APIMachinery
package import Logging

/// Writes each event as a line.
package final class AuditLog: AuditBackend {
    package enum Format: String, Sendable, CaseIterable {
        case json
        case legacy
    }

    package let name = "log"
    private let output: any AuditOutput
    private let format: Format
    private let truncation: AuditTruncation?
    private let metrics: AuditMetrics
    private let logger: Logger

    package init(
        _ output: any AuditOutput, format: Format = .json, truncation: AuditTruncation? = nil,
        metrics: AuditMetrics = AuditMetrics(), logger: Logger
    ) {
        self.metrics = metrics
        self.output = output
        self.format = format
        self.truncation = truncation
        self.logger = logger
    }

    package func deliver(_ events: [AuditEvent]) async -> Bool { events.reduce(true) { write($1) && $0 } }

    /// False when the line is lost.
    func write(_ event: AuditEvent) -> Bool {
        var event = event
        if let truncation {
            guard let fitting = truncation.batches([event]).batches.first?.first else {
                metrics.lost(1, by: name)
                logger.error("an audit event is too large even after truncating", metadata: ["audit-id": "\(event.id)"])
                return false
            }
            event = fitting
        }
        var line: [UInt8]
        switch format {
        case .json: line = event.json
        case .legacy: line = Array(event.legacy.utf8)
        }
        line.append(UInt8(ascii: "\n"))
        do throws(AuditOutputError) {
            try output.write(line)
            return true
        } catch {
            metrics.lost(1, by: name)
            logger.error(
                "an audit event cannot be written",
                metadata: ["plugin": "\(name)", "audit-id": "\(event.id)", "error": "\(error.message)"])
            return false
        }
    }
}

/// Where lines go.
package protocol AuditOutput: Sendable {
    /// Writes a whole line, or throws.
    func write(_ line: [UInt8]) throws(AuditOutputError)
}

package struct AuditOutputError: Error {
    package let message: String

    package init(_ message: String) { self.message = message }
}
