internal import Determinism

/// `ExportTraceServiceRequest` of OpenTelemetry's protocol (`opentelemetry/proto/trace/v1`), written by hand: few of
/// its fields are used, and it has not changed since it is stable.
package enum TraceMessage {
    private static let service = "apiserver"
    private static let scope = "k8s.io/component-base/tracing"

    package static func bytes(_ spans: some Collection<FinishedSpan>, instance: String) -> [UInt8] {
        Fields { request in
            request.message(1) { resourceSpans in
                resourceSpans.message(1) { resource in
                    resource.attribute(1, "service.name", .text(service))
                    resource.attribute(1, "service.instance.id", .text(instance))
                }
                resourceSpans.message(2) { scopeSpans in
                    scopeSpans.message(1) { $0.text(1, scope) }
                    for span in spans { scopeSpans.message(2) { write(span, &$0) } }
                }
            }
        }.bytes
    }

    private static func write(_ span: FinishedSpan, _ fields: inout Fields) {
        fields.bytes(1, span.trace.bytes)
        fields.bytes(2, bigEndian(span.id))
        if !span.state.isEmpty { fields.text(3, span.state) }
        if span.parent != 0 { fields.bytes(4, bigEndian(span.parent)) }
        fields.text(5, span.name)
        fields.number(6, span.kind.rawValue)
        fields.fixed(7, UInt64(bitPattern: span.began.nanoseconds))
        fields.fixed(8, UInt64(bitPattern: span.ended.nanoseconds))
        for (name, value) in span.attributes { fields.attribute(9, name, value) }
        if let link = span.link {
            fields.message(13) { told in
                told.bytes(1, link.trace.bytes)
                told.bytes(2, bigEndian(link.span))
                if !link.state.isEmpty { told.text(3, link.state) }
            }
        }
        if let problem = span.problem {
            fields.message(15) { status in
                if !problem.isEmpty { status.text(2, problem) }
                // An error.
                status.number(3, 2)
            }
        }
    }

    fileprivate static func bigEndian(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

extension TraceID {
    fileprivate var bytes: [UInt8] { TraceMessage.bigEndian(high) + TraceMessage.bigEndian(low) }
}

/// Fields of a protobuf message, one after another.
private struct Fields {
    private(set) var bytes: [UInt8] = []

    init(_ write: (inout Fields) -> Void) { write(&self) }

    mutating func number(_ field: UInt64, _ value: UInt64) {
        variable(field << 3)
        variable(value)
    }

    mutating func fixed(_ field: UInt64, _ value: UInt64) {
        variable(field << 3 | 1)
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    mutating func bytes(_ field: UInt64, _ value: some Collection<UInt8>) {
        variable(field << 3 | 2)
        variable(UInt64(value.count))
        bytes += value
    }

    mutating func text(_ field: UInt64, _ value: String) { bytes(field, value.utf8) }

    mutating func message(_ field: UInt64, _ write: (inout Fields) -> Void) { bytes(field, Fields(write).bytes) }

    mutating func attribute(_ field: UInt64, _ name: String, _ value: TraceValue) {
        message(field) { pair in
            pair.text(1, name)
            pair.message(2) { told in
                switch value {
                case .text(let text): told.text(1, text)
                case .number(let number): told.number(3, UInt64(bitPattern: Int64(number)))
                }
            }
        }
    }

    private mutating func variable(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
