/// Why JSON could not be read. The messages are those that users know from upstream.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Not JSON.
        case syntax
        /// The text stops early.
        case unexpectedEnd
        /// JSON, but not of the type that is wanted here.
        case typeMismatch
        /// A string or number that its type does not allow.
        case invalidValue
        /// More than ``JSONReader/depthMax`` levels.
        case tooDeep
    }

    package let code: Code
    /// The bytes read before the error.
    package let offset: Int
    /// Where in the document, as `spec.containers[0].image`; empty at the root.
    package let path: String
    private let found: String
    private let wanted: String

    /// A message that stands for itself.
    package init(_ code: Code, _ message: String, offset: Int = 0, path: String = "") {
        self.init(code: code, found: message, wanted: "", offset: offset, path: path)
    }

    /// `found` is what JSON calls the value (`string`, `number 7`), `wanted` the type's name.
    static func mismatch(found: String, wanted: String, offset: Int) -> JSONError {
        JSONError(code: .typeMismatch, found: found, wanted: wanted, offset: offset, path: "")
    }

    private init(code: Code, found: String, wanted: String, offset: Int, path: String) {
        self.code = code
        self.found = found
        self.wanted = wanted
        self.offset = offset
        self.path = path
    }

    func at(path: String) -> JSONError {
        JSONError(code: code, found: found, wanted: wanted, offset: offset, path: path)
    }

    package var message: String {
        guard code == .typeMismatch else { return found }
        let target = path.isEmpty ? "Go value" : "Go struct field \(path)"
        return "json: cannot unmarshal \(found) into \(target) of type \(wanted)"
    }

    package var description: String { message }
}
