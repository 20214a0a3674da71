package import APIMachinery

/// JSON patch (RFC 6902), with the liberties that upstream's library takes: negative indices count
/// from the end, and replacing a field that is absent adds it.
package enum JSONPatch {
    /// The most operations one patch may have.
    package static let operationsMax = 10_000

    /// Applies the operations in order. Throws `.malformed`, `.tooLarge` or, when an operation does
    /// not fit the document or a test fails, `.unprocessable`.
    package static func apply(_ operations: Value, to document: Value) throws(PatchError) -> Value {
        let operations = try decode(operations)
        var result = document
        for operation in operations { try operation.apply(to: &result) }
        return result
    }

    private static func decode(_ patch: Value) throws(PatchError) -> [Operation] {
        if patch.isNull { return [] }
        guard let items = patch.arrayValue else {
            throw mismatch(patch, "Go value of type []handlers.jsonPatchOp")
        }
        guard items.count <= operationsMax else {
            throw PatchError(
                .tooLarge,
                "The allowed maximum operations in a JSON patch is \(operationsMax), got \(items.count)")
        }
        var operations: [Operation] = []
        operations.reserveCapacity(items.count)
        for item in items { operations.append(try Operation(item)) }
        return operations
    }

    fileprivate static func mismatch(_ value: Value, _ target: String) -> PatchError {
        PatchError(.malformed, "error decoding patch: json: cannot unmarshal \(value.kindName) into \(target)")
    }
}

/// One step of a patch.
private struct Operation {
    let name: String
    let path: String?
    let from: String?
    /// An absent value counts as null, as upstream has it.
    let value: Value

    init(_ item: Value) throws(PatchError) {
        guard let fields = item.objectValue else {
            throw JSONPatch.mismatch(item, "Go value of type handlers.jsonPatchOp")
        }
        name = try Operation.text(fields, "op") ?? "unknown"
        path = try Operation.text(fields, "path")
        from = try Operation.text(fields, "from")
        value = fields["value"] ?? .null
    }

    private static func text(_ fields: Fields, _ name: String) throws(PatchError) -> String? {
        guard let value = fields[name], !value.isNull else { return nil }
        guard let text = value.stringValue else {
            throw JSONPatch.mismatch(value, "Go struct field jsonPatchOp.\(name) of type string")
        }
        return text
    }

    func apply(to document: inout Value) throws(PatchError) {
        switch name {
        case "add": try add(to: &document)
        case "remove": try remove(from: &document)
        case "replace": try replace(in: &document)
        case "move": try move(in: &document)
        case "copy": try copy(in: &document)
        case "test": try test(document)
        default: throw PatchError(.unprocessable, "Unexpected kind: \(name)")
        }
    }

    private func add(to document: inout Value) throws(PatchError) {
        let path = try needPath()
        let found: Void? = try document.withContainer(path) { container, key throws(PatchError) in
            try container.insert(value, key).explained("error in add for path: '\(path)'")
        }
        guard found != nil else {
            throw missing("add operation does not apply: doc is missing path: \"\(path)\"")
        }
    }

    private func remove(from document: inout Value) throws(PatchError) {
        let path = try needPath()
        let found: Void? = try document.withContainer(path) { container, key throws(PatchError) in
            _ = try container.take(key).explained("error in remove for path: '\(path)'")
        }
        guard found != nil else {
            throw missing("remove operation does not apply: doc is missing path: \"\(path)\"")
        }
    }

    private func replace(in document: inout Value) throws(PatchError) {
        let path = try needPath()
        if path.isEmpty {
            guard value.isContainer else {
                throw PatchError(.unprocessable, "replace operation value must be object or array")
            }
            document = value
            return
        }
        let found: Void? = try document.withContainer(path) { container, key throws(PatchError) in
            guard case .success = container.read(key) else {
                throw missing("replace operation does not apply: doc is missing key: \(path)")
            }
            container.overwrite(value, key)
        }
        guard found != nil else { throw missing("replace operation does not apply: doc is missing path: \(path)") }
    }

    private func move(in document: inout Value) throws(PatchError) {
        let from = try needFrom()
        let moved = try document.withContainer(from) { container, key throws(PatchError) in
            try container.take(key).explained("error in move for path: '\(key)'")
        }
        guard let moved else { throw missing("move operation does not apply: doc is missing from path: \(from)") }
        let path = try needPath()
        let found: Void? = try document.withContainer(path) { container, key throws(PatchError) in
            try container.insert(moved, key).explained("error in move for path: '\(path)'")
        }
        guard found != nil else {
            throw missing("move operation does not apply: doc is missing destination path: \(path)")
        }
    }

    private func copy(in document: inout Value) throws(PatchError) {
        let from = try needFrom()
        let copied = try document.withContainer(from) { container, key throws(PatchError) in
            try container.read(key).explained("error in copy for from: '\(from)'") ?? .null
        }
        guard let copied else { throw missing("copy operation does not apply: doc is missing from path: \(from)") }
        let path = try needPath()
        let found: Void? = try document.withContainer(path) { container, key throws(PatchError) in
            try container.insert(copied, key).explained("error while adding value during copy")
        }
        guard found != nil else {
            throw missing("copy operation does not apply: doc is missing destination path: \(path)")
        }
    }

    private func test(_ document: Value) throws(PatchError) {
        let path = try needPath()
        var document = document
        var actual: Value? = document
        if !path.isEmpty {
            let found: Void? = try document.withContainer(path) { container, key throws(PatchError) in
                actual = try container.read(key).explained("error in test for path: '\(path)'")
            }
            guard found != nil else { throw missing("test operation does not apply: is missing path: \(path)") }
        }
        guard actual ?? .null == value else {
            throw PatchError(.testFailed, "testing value \(path) failed: test failed")
        }
    }

    private func needPath() throws(PatchError) -> String {
        guard let path else { throw missing("\(name) operation failed to decode path") }
        return path
    }

    private func needFrom() throws(PatchError) -> String {
        guard let from else { throw missing("\(name) operation failed to decode from: operation, missing from field") }
        return from
    }

    private func missing(_ what: String) -> PatchError { PatchError(.unprocessable, what + ": missing value") }
}

/// Why a container does not have a key, in the library's words.
private struct KeyError: Error {
    let message: String
}

extension Result where Failure == KeyError {
    fileprivate func explained(_ context: String) throws(PatchError) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let error): throw PatchError(.unprocessable, "\(context): \(error.message)")
        }
    }
}

extension Value {
    fileprivate var isContainer: Bool {
        switch self {
        case .array, .object: true
        case .null, .bool, .integer, .double, .string: false
        }
    }

    /// Hands the container that a JSON pointer (RFC 6901) leads to, and the pointer's last key, to
    /// `body`; `nil` when the way there is missing. Moves values out and back, so that nothing is
    /// copied; when `body` throws, the document is lost.
    fileprivate mutating func withContainer<Result>(
        _ pointer: String, _ body: (inout Value, String) throws(PatchError) -> Result
    ) throws(PatchError) -> Result? {
        let parts = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(Value.unescape)
        guard let key = parts.last else { return nil }
        return try descend(parts.dropLast()[...]) { container throws(PatchError) in
            container.isContainer ? try body(&container, key) : nil
        }
    }

    private mutating func descend<Result>(
        _ path: ArraySlice<String>, _ body: (inout Value) throws(PatchError) -> Result?
    ) throws(PatchError) -> Result? {
        guard let first = path.first else { return try body(&self) }
        switch self {
        case .object(var fields):
            self = .null
            guard var child = fields.remove(first) else {
                self = .object(fields)
                return nil
            }
            let result = try child.descend(path.dropFirst(), body)
            fields[first] = child
            self = .object(fields)
            return result
        case .array(var items):
            guard case .success(let index) = Value.index(first, count: items.count) else { return nil }
            self = .null
            var child = Value.null
            swap(&child, &items[index])
            let result = try child.descend(path.dropFirst(), body)
            swap(&child, &items[index])
            self = .array(items)
            return result
        case .null, .bool, .integer, .double, .string:
            return nil
        }
    }

    private static func unescape(_ part: Substring) -> String {
        guard part.utf8.contains(UInt8(ascii: "~")) else { return String(part) }
        var result: [UInt8] = []
        var bytes = Array(part.utf8)[...]
        while let byte = bytes.popFirst() {
            switch (byte, bytes.first) {
            case (UInt8(ascii: "~"), UInt8(ascii: "1")):
                result.append(UInt8(ascii: "/"))
                bytes.removeFirst()
            case (UInt8(ascii: "~"), UInt8(ascii: "0")):
                result.append(UInt8(ascii: "~"))
                bytes.removeFirst()
            default:
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The position that a key of an array means, which must be below `count`; negative ones count from the end.
    private static func index(_ key: String, count: Int) -> Result<Int, KeyError> {
        guard let number = Int(key) else { return .failure(notANumber(key)) }
        guard number < count, number >= -count else {
            return .failure(KeyError(message: "Unable to access invalid index: \(number): invalid index referenced"))
        }
        return .success(number < 0 ? number + count : number)
    }

    private static func notANumber(_ key: String) -> KeyError {
        KeyError(message: "strconv.Atoi: parsing \(GoText.quote(key)): invalid syntax")
    }

    fileprivate func read(_ key: String) -> Result<Value?, KeyError> {
        guard case .array(let items) = self else { return .success(self[key]) }
        return Value.index(key, count: items.count).map { items[$0] }
    }

    fileprivate mutating func insert(_ value: Value, _ key: String) -> Result<Void, KeyError> {
        guard case .array(var items) = self else {
            self[key] = value
            return .success(())
        }
        self = .null
        defer { self = .array(items) }
        if key == "-" {
            items.append(value)
            return .success(())
        }
        guard Int(key) != nil else {
            return .failure(
                KeyError(message: "value was not a proper array index: '\(key)': \(Value.notANumber(key).message)"))
        }
        switch Value.index(key, count: items.count + 1) {
        case .success(let index):
            items.insert(value, at: index)
            return .success(())
        case .failure(let error):
            return .failure(error)
        }
    }

    fileprivate mutating func take(_ key: String) -> Result<Value, KeyError> {
        switch self {
        case .array(var items):
            self = .null
            defer { self = .array(items) }
            switch Value.index(key, count: items.count) {
            case .success(let index): return .success(items.remove(at: index))
            case .failure(let error): return .failure(error)
            }
        default:
            guard let value = self[key] else {
                return .failure(KeyError(message: "Unable to remove nonexistent key: \(key): missing value"))
            }
            self[key] = nil
            return .success(value)
        }
    }

    /// Puts a value where `read` has found one, or into an object.
    fileprivate mutating func overwrite(_ value: Value, _ key: String) {
        guard case .array(var items) = self else {
            self[key] = value
            return
        }
        self = .null
        if case .success(let index) = Value.index(key, count: items.count) { items[index] = value }
        self = .array(items)
    }
}
