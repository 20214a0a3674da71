internal import APIMachinery

/// A URL as Go's net/url reads the target of a request: absolute, or a path from the root.
struct GoURL: Sendable, Hashable {
    let text: String
    let scheme: String
    /// With the port.
    let host: String
    let path: String
    let query: String

    struct Problem: Error {
        let message: String
    }

    init(parsing text: String) throws(Problem) {
        do throws(Problem) {
            var reader = GoURLReader(text)
            try reader.read()
            self.text = text
            (scheme, host, path, query) = (reader.scheme, reader.host, reader.path, reader.query)
        } catch {
            throw Problem(message: "parse \(GoText.quote(text)): \(error.message)")
        }
    }

    /// The host without port and brackets.
    var hostname: String {
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return host }
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return host.firstIndex(of: ":").map { String(host[..<$0]) } ?? host
    }

    var port: String {
        let rest = host.hasPrefix("[") ? host.drop { $0 != "]" }.dropFirst() : host[...]
        guard let colon = rest.firstIndex(of: ":") else { return "" }
        return String(rest[rest.index(after: colon)...])
    }

    /// The path as it was written where that is a valid encoding, otherwise encoded anew.
    var escapedPath: String {
        let isValid = path.utf8.allSatisfy { Percent.isAllowedInPath($0) || "%[]".utf8.contains($0) }
        return isValid ? path : Percent.encode(Percent.decode(path) ?? Array(path.utf8))
    }

    /// Names and values in the order of the text, names once.
    var queryValues: [(name: String, values: [String])] {
        var found: [(name: String, values: [String])] = []
        for pair in query.split(separator: "&") where !pair.contains(";") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Percent.decode(parts[0].replacingPlus),
                let value = Percent.decode(parts.count > 1 ? parts[1].replacingPlus : "")
            else { continue }
            let (nameText, valueText) = (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
            if let index = found.firstIndex(where: { $0.name == nameText }) {
                found[index].values.append(valueText)
            } else {
                found.append((nameText, [valueText]))
            }
        }
        return found
    }
}

extension Substring {
    fileprivate var replacingPlus: String { String(map { $0 == "+" ? " " : $0 }) }
}

/// Percent encoding.
enum Percent {
    static func isAllowedInPath(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-_.~!$&'()*+,;=:@/".utf8.contains(byte)
    }

    /// `nil` for a broken escape.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            // In a path of its own, Go leaves these few as they are.
            if isAllowedInPath(byte), !"!'()*".utf8.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }

    /// The first broken escape, such as `%zz`.
    static func brokenEscape(in text: String) -> String? {
        let bytes = Array(text.utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "%") {
            let part = bytes[index..<min(index + 3, bytes.count)]
            let digits = String(decoding: part.dropFirst(), as: UTF8.self)
            if part.count < 3 || digits.hasPrefix("+") || digits.hasPrefix("-") || UInt8(digits, radix: 16) == nil {
                return String(decoding: part, as: UTF8.self)
            }
        }
        return nil
    }
}

private struct GoURLReader {
    var scheme = ""
    var host = ""
    var path = ""
    var query = ""
    private var rest: String

    init(_ text: String) { rest = text }

    mutating func read() throws(GoURL.Problem) {
        if rest.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw GoURL.Problem(message: "net/url: invalid control character in URL")
        }
        guard !rest.isEmpty else { throw GoURL.Problem(message: "empty url") }
        if rest == "*" {
            path = rest
            return
        }
        try takeScheme()
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = String(rest[..<mark])
        }
        guard rest.hasPrefix("/") else {
            // What follows a scheme without a slash is left alone.
            if !scheme.isEmpty { return }
            throw GoURL.Problem(message: "invalid URI for request")
        }
        if !scheme.isEmpty, rest.hasPrefix("//") {
            let authority = rest.dropFirst(2).prefix { $0 != "/" }
            rest = String(rest.dropFirst(2 + authority.count))
            try takeAuthority(String(authority))
        }
        if let broken = Percent.brokenEscape(in: rest) {
            throw GoURL.Problem(message: "invalid URL escape \(GoText.quote(broken))")
        }
        path = rest
    }

    private mutating func takeScheme() throws(GoURL.Problem) {
        for (position, byte) in rest.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                if position == 0 { return }
            case UInt8(ascii: ":"):
                if position == 0 { throw GoURL.Problem(message: "missing protocol scheme") }
                scheme = rest.prefix(position).lowercased()
                rest = String(rest.dropFirst(position + 1))
                return
            default: return
            }
        }
    }

    private mutating func takeAuthority(_ authority: String) throws(GoURL.Problem) {
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        let address = String(parts[parts.count - 1])
        var port = ""
        if address.hasPrefix("[") {
            guard let end = address.lastIndex(of: "]") else { throw GoURL.Problem(message: "missing ']' in host") }
            port = String(address[address.index(after: end)...])
        } else if let colon = address.lastIndex(of: ":") {
            port = String(address[colon...])
        }
        let isPort = port.isEmpty || port.hasPrefix(":") && port.dropFirst().allSatisfy { ("0"..."9").contains($0) }
        guard isPort else { throw GoURL.Problem(message: "invalid port \(GoText.quote(port)) after host") }
        for scalar in address.unicodeScalars where " \"<>\\^`{|}".unicodeScalars.contains(scalar) {
            throw GoURL.Problem(message: "invalid character \(GoText.quote(String(Character(scalar)))) in host name")
        }
        if let broken = Percent.brokenEscape(in: address) {
            throw GoURL.Problem(message: "invalid URL escape \(GoText.quote(broken))")
        }
        host = address
    }
}
