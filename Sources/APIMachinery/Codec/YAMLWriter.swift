internal import CYaml

/// Makes libyaml's events of values; what goes without quotes is decided as Go's package does.
final class YAMLWriter {
    private let emitter: UnsafeMutablePointer<yaml_emitter_t>
    private var output: [UInt8] = []

    init() {
        emitter = .allocate(capacity: 1)
        emitter.initialize(to: yaml_emitter_t())
        yaml_emitter_initialize(emitter)
    }

    deinit {
        yaml_emitter_delete(emitter)
        emitter.deallocate()
    }

    func write(_ value: Value) -> String {
        yaml_emitter_set_unicode(emitter, 1)
        // The writer outlives the emitter's use of the pointer, which ends with this function.
        yaml_emitter_set_output(
            emitter,
            { context, bytes, count in
                guard let context, let bytes else { return 0 }
                let writer = Unmanaged<YAMLWriter>.fromOpaque(context).takeUnretainedValue()
                writer.output.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                return 1
            }, Unmanaged.passUnretained(self).toOpaque())
        emit { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
        emit { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
        node(value)
        emit { yaml_document_end_event_initialize($0, 1) }
        emit { yaml_stream_end_event_initialize($0) }
        return String(decoding: output, as: UTF8.self)
    }

    private func node(_ value: Value) {
        switch value {
        case .null: scalar("null", YAML_PLAIN_SCALAR_STYLE)
        case .bool(let isTrue): scalar(isTrue ? "true" : "false", YAML_PLAIN_SCALAR_STYLE)
        case .integer, .double: scalar(String(decoding: value.json, as: UTF8.self), YAML_PLAIN_SCALAR_STYLE)
        case .string(let text): string(text)
        case .array(let items):
            emit { yaml_sequence_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
            for item in items { node(item) }
            emit { yaml_sequence_end_event_initialize($0) }
        case .object(let fields):
            emit { yaml_mapping_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }
            for field in fields.sorted(by: { YAMLWriter.isOrdered($0.name, $1.name) }) {
                string(field.name)
                node(field.value)
            }
            emit { yaml_mapping_end_event_initialize($0) }
        }
    }

    private func string(_ text: String) {
        if text.utf8.contains(UInt8(ascii: "\n")) {
            scalar(text, YAML_LITERAL_SCALAR_STYLE)
        } else if case .string = YAMLScalar(text), !YAMLScalar.isBase60(text) {
            scalar(text, YAML_PLAIN_SCALAR_STYLE)
        } else {
            scalar(text, YAML_DOUBLE_QUOTED_SCALAR_STYLE)
        }
    }

    private func scalar(_ text: String, _ style: yaml_scalar_style_t) {
        var text = text
        text.withUTF8 { bytes in
            emit {
                yaml_scalar_event_initialize($0, nil, nil, bytes.baseAddress, Int32(clamping: bytes.count), 1, 1, style)
            }
        }
    }

    /// libyaml fails for want of memory, and for events out of order, which this class does not make.
    private func emit(_ initialize: (UnsafeMutablePointer<yaml_event_t>) -> Int32) {
        var event = yaml_event_t()
        precondition(initialize(&event) == 1 && yaml_emitter_emit(emitter, &event) == 1, "libyaml cannot emit")
    }

    /// The order of keys in Go's package: letters after other characters, runs of digits as numbers.
    private static func isOrdered(_ left: String, _ right: String) -> Bool {
        let (a, b) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        var isAfterDigit = false
        for index in 0..<min(a.count, b.count) {
            if a[index] == b[index] {
                isAfterDigit = a[index].isDigit
                continue
            }
            switch (a[index].properties.isAlphabetic, b[index].properties.isAlphabetic) {
            case (true, true): return a[index] < b[index]
            case (true, false): return isAfterDigit
            case (false, true): return !isAfterDigit
            case (false, false): break
            }
            let (first, second) = (run(a, from: index), run(b, from: index))
            var (x, y) = (first.value, second.value)
            if a[index] == "0" || b[index] == "0", hasNonZeroBefore(a, index) {
                (x, y) = (x + first.weight, y + second.weight)
            }
            if x != y { return x < y }
            if first.count != second.count { return first.count < second.count }
            return a[index] < b[index]
        }
        return a.count < b.count
    }

    /// The number that stands at a place, how long it is, and 10 to that length.
    private static func run(_ text: [Unicode.Scalar], from start: Int) -> (value: Double, count: Int, weight: Double) {
        var (value, weight) = (0.0, 1.0)
        var end = start
        while end < text.count, text[end].isDigit {
            value = value * 10 + Double(text[end].value - 0x30)
            weight *= 10
            end += 1
        }
        return (value, end - start, weight)
    }

    private static func hasNonZeroBefore(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
        text[..<index].reversed().prefix(while: \.isDigit).contains { $0 != "0" }
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
