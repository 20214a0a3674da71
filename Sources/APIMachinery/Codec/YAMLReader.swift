internal import CYaml

/// Makes values of libyaml's events.
final class YAMLReader {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: (value: Value, size: Int)] = [:]
    /// Values made so far, and how many of them are copies that aliases made.
    private var made = 0
    private var aliased = 0
    private var depth = 0
    private(set) var duplicates: [String] = []

    init() {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        yaml_parser_initialize(parser)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func read(_ text: [UInt8]) throws(YAMLError) -> [Value] {
        try text.withUnsafeBufferPointer { bytes in
            yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            return Result { () throws(YAMLError) in try documents() }
        }.get()
    }

    private func documents() throws(YAMLError) -> [Value] {
        var documents: [Value] = []
        while true {
            let event = try next()
            switch event.kind {
            case .end: return documents
            case .documentStart: anchors = [:]
            case .documentEnd, .streamStart: break
            case .scalar, .sequence, .mapping, .alias, .close:
                let value = try self.value(event)
                if !value.isNull { documents.append(value) }
            }
        }
    }

    private func value(_ event: Event) throws(YAMLError) -> Value {
        let start = made
        made += 1
        var value: Value
        switch event.kind {
        case .scalar(let text, let isPlain, let tag): value = try YAMLReader.scalar(text, isPlain, tag)
        case .sequence: value = try sequence()
        case .mapping: value = try mapping()
        case .alias(let name):
            guard let (anchored, size) = anchors[name] else {
                throw failure("unknown anchor '\(name)' referenced", event)
            }
            made += size
            aliased += size
            guard aliased <= YAML.aliasedValuesMax else {
                throw YAMLError(message: "yaml: document contains excessive aliasing")
            }
            value = anchored
        case .close, .end, .documentStart, .documentEnd, .streamStart:
            throw failure("did not find expected node content", event)
        }
        if let anchor = event.anchor { anchors[anchor] = (value, made - start) }
        return value
    }

    private func sequence() throws(YAMLError) -> Value {
        try descend()
        var items: [Value] = []
        while true {
            let event = try next()
            if case .close = event.kind { break }
            items.append(try value(event))
        }
        depth -= 1
        return .array(items)
    }

    private func mapping() throws(YAMLError) -> Value {
        try descend()
        var elements: [Fields.Element] = []
        var merged: [Value] = []
        var names: Set<String> = []
        while true {
            let event = try next()
            if case .close = event.kind { break }
            if case .scalar(let text, true, nil) = event.kind, case .merge = YAMLScalar(text) {
                merged.append(try value(try next()))
                continue
            }
            let name = try key(event)
            if !names.insert(name).inserted {
                duplicates.append("line \(event.line + 1): key \"\(name)\" already set in map")
            }
            elements.append(Fields.Element(name: name, value: try value(try next())))
        }
        depth -= 1
        var fields = Fields(unsorted: elements)
        for source in merged { try YAMLReader.merge(source, into: &fields) }
        return .object(fields)
    }

    /// `<<` adds the keys of another mapping, or of several, that the mapping does not have itself.
    private static func merge(_ source: Value, into fields: inout Fields) throws(YAMLError) {
        switch source {
        case .object(let others):
            for other in others where fields[other.name] == nil { fields[other.name] = other.value }
        case .array(let sources):
            for source in sources {
                guard case .object = source else {
                    throw YAMLError(message: "yaml: map merge requires map or sequence of maps as the value")
                }
                try merge(source, into: &fields)
            }
        case .null, .bool, .integer, .double, .string:
            throw YAMLError(message: "yaml: map merge requires map or sequence of maps as the value")
        }
    }

    private func key(_ event: Event) throws(YAMLError) -> String {
        switch try value(event) {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .bool(let isTrue): return isTrue ? "true" : "false"
        case .double(let number): return String(decoding: Value.double(number).json, as: UTF8.self)
        case .null, .array, .object: throw failure("unsupported map key", event)
        }
    }

    private static func scalar(_ text: String, _ isPlain: Bool, _ tag: String?) throws(YAMLError) -> Value {
        if tag == "!!binary" {
            guard let bytes = Base64.decode(text.utf8.filter { $0 > 0x20 }) else {
                throw YAMLError(message: "yaml: !!binary value contains invalid base64 data")
            }
            return .string(String(decoding: bytes, as: UTF8.self))
        }
        guard isPlain ? tag != "!!str" : tag != nil && tag != "!!str" else { return .string(text) }
        switch YAMLScalar(text) {
        case .null: return .null
        case .bool(let isTrue): return .bool(isTrue)
        case .integer(let number): return .integer(number)
        case .unsigned(let number): return .double(Double(number))
        case .double(let number):
            guard number.isFinite else {
                let name = number.isNaN ? "NaN" : number > 0 ? "+Inf" : "-Inf"
                throw YAMLError(message: "json: unsupported value: \(name)")
            }
            // JSON writes a whole double without its point, so readers take it for an integer.
            return Int64(exactly: number).map { .integer($0) } ?? .double(number)
        case .timestamp, .merge, .string: return .string(text)
        }
    }

    private func descend() throws(YAMLError) {
        depth += 1
        guard depth <= YAML.depthMax else { throw YAMLError(message: "yaml: exceeded max depth of \(YAML.depthMax)") }
    }

    private func failure(_ problem: String, _ event: Event) -> YAMLError {
        YAMLError(message: "yaml: line \(event.line + 1): \(problem)")
    }
}

// MARK: Events

extension YAMLReader {
    private struct Event {
        enum Kind {
            case streamStart, documentStart, documentEnd, end, sequence, mapping, close
            case scalar(String, isPlain: Bool, tag: String?)
            case alias(String)
        }

        let kind: Kind
        let anchor: String?
        /// Counted from 0.
        let line: Int
    }

    private func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        var kind: Event.Kind
        var anchor: UnsafeMutablePointer<yaml_char_t>?
        switch event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequence
            anchor = event.data.sequence_start.anchor
        case YAML_MAPPING_START_EVENT:
            kind = .mapping
            anchor = event.data.mapping_start.anchor
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .close
        case YAML_ALIAS_EVENT: kind = .alias(YAMLReader.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            kind = .scalar(text, isPlain: isPlain, tag: YAMLReader.tag(scalar.tag))
            anchor = scalar.anchor
        default: kind = .end
        }
        return Event(kind: kind, anchor: YAMLReader.text(anchor), line: Int(event.start_mark.line))
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    /// `!!int` for the long form; `!`, which asks for no guessing, is `!!str`.
    private static func tag(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let tag = text(pointer) else { return nil }
        if tag == "!" { return "!!str" }
        let prefix = "tag:yaml.org,2002:"
        return tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
    }

    /// libyaml's complaint, with the line as Go's package counts it.
    private func problem() -> YAMLError {
        let state = parser.pointee
        var line = Int(state.problem_mark.line)
        if line == 0 {
            line = Int(state.context_mark.line)
        } else if state.error == YAML_SCANNER_ERROR {
            line += 1
        }
        let text = state.problem.map { String(cString: $0) } ?? "unknown problem parsing YAML content"
        return YAMLError(message: "yaml: " + (line == 0 ? "" : "line \(line): ") + text)
    }
}
