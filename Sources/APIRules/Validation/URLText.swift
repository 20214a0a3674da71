/// A URL taken apart as Go's `net/url` does it, as far as rules for webhooks ask.
struct URLText {
    private(set) var scheme = ""
    private(set) var user: String?
    private(set) var host = ""
    private(set) var query = ""
    private(set) var fragment = ""
    /// Why it is no URL, in Go's words; `nil` when it is one.
    private(set) var fault: String?

    init(_ text: String) {
        let (whole, fragment) = text.halves(at: "#") ?? (text, "")
        self.fragment = fragment
        if let reason = read(whole) { fault = "parse \"\(whole)\": \(reason)" }
    }

    private mutating func read(_ text: String) -> String? {
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "net/url: invalid control character in URL" }
        if text.hasPrefix(":") { return "missing protocol scheme" }
        var rest = text
        if let (scheme, other) = text.halves(at: ":"), Self.isScheme(scheme) {
            (self.scheme, rest) = (scheme.lowercased(), other)
        }
        if let (address, query) = rest.halves(at: "?") { (rest, self.query) = (address, query) }
        guard rest.hasPrefix("/") else {
            let isPath = scheme.isEmpty && rest.prefix { $0 != "/" }.contains(":")
            return isPath ? "first path segment in URL cannot contain colon" : nil
        }
        guard rest.hasPrefix("//"), !scheme.isEmpty || !rest.hasPrefix("///") else { return Self.faultOfEscapes(rest) }
        let authority = String(rest.dropFirst(2).prefix { $0 != "/" })
        let path = String(rest.dropFirst(2 + authority.count))
        if let at = authority.lastIndex(of: "@") {
            user = String(authority[..<at])
            host = String(authority[authority.index(after: at)...])
        } else {
            host = authority
        }
        return Self.faultOfHost(host) ?? Self.faultOfEscapes(path)
    }

    private static func isScheme(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first | 0x20) else { return false }
        return text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "+-.".utf8.contains(byte)
        }
    }

    private static func faultOfHost(_ host: String) -> String? {
        var port = host[...]
        if host.hasPrefix("[") {
            guard let end = host.lastIndex(of: "]") else { return "missing ']' in host" }
            port = host[host.index(after: end)...]
        } else {
            port = host.lastIndex(of: ":").map { host[$0...] } ?? ""
        }
        let isPort = port.isEmpty || port.first == ":" && port.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
        if !isPort { return "invalid port \"\(port)\" after host" }
        return host.first { " {}|\\^`".contains($0) }.map { "invalid character \"\($0)\" in host name" }
    }

    /// `%` stands before two digits.
    private static func faultOfEscapes(_ path: String) -> String? {
        var rest = path[...]
        while let sign = rest.firstIndex(of: "%") {
            let escape = rest[sign...].prefix(3)
            guard escape.count == 3, escape.dropFirst().allSatisfy(\.isHexDigit) else {
                return "invalid URL escape \"\(escape)\""
            }
            rest = rest[sign...].dropFirst(3)
        }
        return nil
    }
}
