package import Determinism

/// What the encoders of API structs write: a name and its value, under one of four rules.
///
/// `always` writes whatever there is, `nonZero` leaves out zeros and empty lists, `present` leaves out `nil`,
/// `orNull` writes `null` for `nil`.
extension JSONWriter {
    /// `apiVersion`, at the root only.
    package mutating func apiVersion(_ version: StaticString) { if depth == 1 { typeMeta("apiVersion", version) } }

    /// `kind`, at the root only.
    package mutating func kind(_ kind: StaticString) { if depth == 1 { typeMeta("kind", kind) } }

    private mutating func typeMeta(_ name: StaticString, _ value: StaticString) {
        key(name)
        string(value)
    }

    // MARK: String

    package mutating func alwaysString(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func nonZeroString(_ name: StaticString, _ value: String) {
        if !value.isEmpty { alwaysString(name, value) }
    }

    package mutating func presentString(_ name: StaticString, _ value: String?) {
        if let value { alwaysString(name, value) }
    }

    package mutating func orNullString(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    // MARK: Bool

    package mutating func alwaysBool(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    package mutating func nonZeroBool(_ name: StaticString, _ value: Bool) {
        if value { alwaysBool(name, value) }
    }

    package mutating func presentBool(_ name: StaticString, _ value: Bool?) {
        if let value { alwaysBool(name, value) }
    }

    package mutating func orNullBool(_ name: StaticString, _ value: Bool?) {
        key(name)
        if let value { bool(value) } else { null() }
    }

    // MARK: Int32

    package mutating func alwaysInt32(_ name: StaticString, _ value: Int32) {
        key(name)
        integer(Int64(value))
    }

    package mutating func nonZeroInt32(_ name: StaticString, _ value: Int32) {
        if value != 0 { alwaysInt32(name, value) }
    }

    package mutating func presentInt32(_ name: StaticString, _ value: Int32?) {
        if let value { alwaysInt32(name, value) }
    }

    package mutating func orNullInt32(_ name: StaticString, _ value: Int32?) {
        key(name)
        if let value { integer(Int64(value)) } else { null() }
    }

    // MARK: Int64

    package mutating func alwaysInt64(_ name: StaticString, _ value: Int64) {
        key(name)
        integer(value)
    }

    package mutating func nonZeroInt64(_ name: StaticString, _ value: Int64) {
        if value != 0 { alwaysInt64(name, value) }
    }

    package mutating func presentInt64(_ name: StaticString, _ value: Int64?) {
        if let value { alwaysInt64(name, value) }
    }

    package mutating func orNullInt64(_ name: StaticString, _ value: Int64?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    // MARK: Double

    package mutating func alwaysDouble(_ name: StaticString, _ value: Double) {
        key(name)
        double(value)
    }

    package mutating func nonZeroDouble(_ name: StaticString, _ value: Double) {
        if value != 0 { alwaysDouble(name, value) }
    }

    package mutating func presentDouble(_ name: StaticString, _ value: Double?) {
        if let value { alwaysDouble(name, value) }
    }

    package mutating func orNullDouble(_ name: StaticString, _ value: Double?) {
        key(name)
        if let value { double(value) } else { null() }
    }

    // MARK: Bytes

    package mutating func alwaysBytes(_ name: StaticString, _ value: [UInt8]) {
        key(name)
        if value.isEmpty { null() } else { base64(value) }
    }

    package mutating func nonZeroBytes(_ name: StaticString, _ value: [UInt8]) {
        if !value.isEmpty { alwaysBytes(name, value) }
    }

    // MARK: Times

    package mutating func orNullTime(_ name: StaticString, _ value: Timestamp?) {
        orNullString(name, value?.rfc3339)
    }

    package mutating func presentTime(_ name: StaticString, _ value: Timestamp?) {
        if let value { alwaysString(name, value.rfc3339) }
    }

    package mutating func orNullMicroTime(_ name: StaticString, _ value: Timestamp?) {
        orNullString(name, value?.rfc3339Micro)
    }

    package mutating func presentMicroTime(_ name: StaticString, _ value: Timestamp?) {
        if let value { alwaysString(name, value.rfc3339Micro) }
    }

    // MARK: Maps

    package mutating func nonZeroBytesMap(_ name: StaticString, _ map: [String: [UInt8]]) {
        guard !map.isEmpty else { return }
        key(name)
        beginObject()
        for (name, value) in map.sorted(by: { $0.key < $1.key }) {
            key(name)
            base64(value)
        }
        endObject()
    }

    package mutating func nonZeroStringListMap(_ name: StaticString, _ map: [String: [String]]) {
        guard !map.isEmpty else { return }
        key(name)
        beginObject()
        for (name, values) in map.sorted(by: { $0.key < $1.key }) {
            key(name)
            beginArray()
            for value in values { string(value) }
            endArray()
        }
        endObject()
    }
}
