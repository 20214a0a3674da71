internal import APIMachinery

/// Makes values of bytes that ``CBORScanner`` has found to be well-formed.
struct CBORReader {
    private var cursor: CBORCursor
    /// The innermost tag that says what text byte strings become.
    private var laterEncoding: UInt64?

    init(_ bytes: [UInt8]) { cursor = CBORCursor(bytes) }

    mutating func value() throws(CBORError) -> Value {
        let head = try cursor.head()
        switch head.kind {
        case .unsigned, .negative: return .integer(try integer(head))
        case .bytes: return .string(text(of: try bytes(head)))
        case .text: return .string(try text(head))
        case .array: return .array(try items(head))
        case .map: return .object(try fields(head))
        case .tag: return try tagged(head.number)
        case .primitive: return try primitive(head)
        }
    }

    private func integer(_ head: CBORHead) throws(CBORError) -> Int64 {
        if let number = Int64(exactly: head.number) { return head.kind == .negative ? ~number : number }
        let text = head.kind == .negative ? "-" + Self.successor(of: head.number) : String(head.number)
        throw .mismatch(head.kind, "int64", "\(text) overflows Go's int64")
    }

    /// One more, which may need 65 bits.
    private static func successor(of number: UInt64) -> String {
        number == .max ? "18446744073709551616" : String(number + 1)
    }

    private func primitive(_ head: CBORHead) throws(CBORError) -> Value {
        if let float = head.float { return .double(float) }
        switch (head.info, head.number) {
        case (20, _): return .bool(false)
        case (21, _): return .bool(true)
        case (22, _): return .null
        case (_, let number): throw .refused(.primitive, "simple value \(number) is not recognized")
        }
    }

    // MARK: Strings

    /// The bytes of a string, its pieces put together.
    private mutating func bytes(_ head: CBORHead) throws(CBORError) -> [UInt8] {
        guard head.isIndefinite else { return Array(try cursor.take(Int(head.number))) }
        var bytes: [UInt8] = []
        while !cursor.takeBreak() { bytes += try self.bytes(try cursor.head()) }
        return bytes
    }

    private mutating func text(_ head: CBORHead) throws(CBORError) -> String {
        guard !head.isIndefinite else {
            var text = ""
            while !cursor.takeBreak() { text += try self.text(try cursor.head()) }
            return text
        }
        guard let text = String(validating: try cursor.take(Int(head.number)), as: UTF8.self) else {
            throw CBORError(.invalid, "cbor: invalid UTF-8 string")
        }
        return text
    }

    private func text(of bytes: [UInt8]) -> String {
        switch laterEncoding {
        case CBORTag.base64: Base64.encode(bytes)
        case CBORTag.base64URL:
            Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        case CBORTag.hexadecimal:
            String(decoding: bytes.flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }, as: UTF8.self)
        case _: String(decoding: bytes, as: UTF8.self)
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)

    // MARK: Collections

    private mutating func items(_ head: CBORHead) throws(CBORError) -> [Value] {
        var items: [Value] = []
        if head.isIndefinite {
            while !cursor.takeBreak() { items.append(try value()) }
        } else {
            items.reserveCapacity(Int(head.number))
            for _ in 0..<head.number { items.append(try value()) }
        }
        return items
    }

    private mutating func fields(_ head: CBORHead) throws(CBORError) -> Fields {
        var elements: [Fields.Element] = []
        if head.isIndefinite {
            while !cursor.takeBreak() { elements.append(try field()) }
        } else {
            elements.reserveCapacity(Int(head.number))
            for _ in 0..<head.number { elements.append(try field()) }
        }
        let fields = Fields(unsorted: elements)
        if fields.count < elements.count { throw Self.duplicate(in: elements) }
        return fields
    }

    private mutating func field() throws(CBORError) -> Fields.Element {
        Fields.Element(name: try key(), value: try value())
    }

    private mutating func key() throws(CBORError) -> String {
        guard let kind = cursor.nextKind else { throw CBORCursor.unexpectedEnd }
        switch (kind, try value()) {
        case (_, .string(let name)): return name
        // As Go reads null into a string.
        case (.primitive, .null): return ""
        case (let kind, _): throw .mismatch(kind, "string")
        }
    }

    private static func duplicate(in elements: [Fields.Element]) -> CBORError {
        var seen: Set<String> = []
        let index = elements.firstIndex { !seen.insert($0.name).inserted } ?? 0
        return CBORError(
            .invalid,
            "cbor: found duplicate map key \(GoText.quote(elements[index].name)) at map element index \(index)")
    }

    // MARK: Tags

    private mutating func tagged(_ number: UInt64) throws(CBORError) -> Value {
        switch number {
        case CBORTag.timeText: return .string(try timeText())
        case CBORTag.timeSeconds: return .string(try timeSeconds())
        case CBORTag.base64, CBORTag.base64URL, CBORTag.hexadecimal:
            let outer = laterEncoding
            laterEncoding = number
            defer { laterEncoding = outer }
            return try value()
        case _: return try value()
        }
    }

    private mutating func timeText() throws(CBORError) -> String {
        let head = try cursor.head()
        guard head.kind == .text else {
            throw CBORError(.invalid, "cbor: tag number 0 must be followed by text string, got \(head.kind.name)")
        }
        let text = try text(head)
        do throws(CalendarTimeError) { _ = try CalendarTime(parsing: text, .seconds) } catch {
            throw CBORError(.invalid, "cbor: cannot set \(text) for time.Time: \(error.message)")
        }
        return text
    }

    /// The years that RFC 3339 has digits for, in seconds since 1970.
    private static let years = -62_167_219_200...253_402_300_799 as ClosedRange<Double>

    private mutating func timeSeconds() throws(CBORError) -> String {
        let head = try cursor.head()
        let seconds: Double
        switch head.kind {
        case .unsigned, .negative: seconds = Double(try integer(head))
        case .primitive where head.float != nil: seconds = head.float ?? 0
        case _:
            throw CBORError(
                .invalid,
                "cbor: tag number 1 must be followed by integer or floating-point number, got \(head.kind.name)")
        }
        guard Self.years.contains(seconds.rounded(.down)) else {
            throw CBORError(
                .invalid,
                "cbor: decoded time cannot be represented in RFC3339 format with sub-second precision: "
                    + "Time.MarshalText: year outside of range [0,9999]")
        }
        return Self.text(seconds: seconds)
    }

    /// RFC 3339 with as many digits of a second as it takes.
    private static func text(seconds: Double) -> String {
        // Cut off towards 1970, as Go does: rounded down, a moment before 1970 would have a whole second as its fraction.
        let towardZero = seconds.rounded(.towardZero)
        var whole = Int64(towardZero)
        var nanoseconds = Int64(((seconds - towardZero) * 1e9).rounded(.towardZero))
        if nanoseconds < 0 { (whole, nanoseconds) = (whole - 1, nanoseconds + 1_000_000_000) }
        let text = CalendarTime(seconds: whole).text(.seconds)
        guard nanoseconds > 0 else { return text }
        var fraction = String(nanoseconds)
        fraction = String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return text.dropLast() + "." + fraction + "Z"
    }
}
