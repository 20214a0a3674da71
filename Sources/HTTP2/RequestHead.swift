internal import NIOHPACK

/// The first of a request: what is asked for, and its header fields.
package struct HTTP2RequestHead: Sendable, Equatable {
    package var method: String
    /// Path and query, as they came.
    package var target: String
    /// Names in lower case; the authority is the field `host`.
    package var headers: [HeaderField]
    /// The body's length in bytes, where the client says it.
    package var length: Int?

    package struct HeaderField: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// `nil` for a request that is malformed (RFC 9113, section 8.1.1).
    init?(_ fields: HPACKHeaders) {
        var pseudo = PseudoFields()
        var headers: [HeaderField] = []
        headers.reserveCapacity(fields.count)
        for (name, value, _) in fields {
            if name.utf8.first == UInt8(ascii: ":") {
                guard headers.isEmpty, pseudo.take(name, value) else { return nil }
            } else {
                guard Self.isAllowed(name, value) else { return nil }
                headers.append(HeaderField(name, value))
            }
        }
        guard let method = pseudo.method, let target = pseudo.path, pseudo.scheme != nil, !target.isEmpty else { return nil }
        if let authority = pseudo.authority, !headers.contains(where: { $0.name == "host" }) {
            headers.append(HeaderField("host", authority))
        }
        self.method = method
        self.target = target
        self.headers = Self.joiningCookies(headers)
        if let text = headers.first(where: { $0.name == "content-length" })?.value {
            guard let length = Int(text), length >= 0 else { return nil }
            self.length = length
        }
    }

    /// What belongs to one connection has no place in HTTP/2, nor have names with capitals (section 8.2).
    private static func isAllowed(_ name: String, _ value: String) -> Bool {
        guard !name.isEmpty, !name.utf8.contains(where: { (65...90).contains($0) || $0 <= 32 || $0 >= 127 }),
            !value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 })
        else { return false }
        switch name {
        case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade": return false
        case "te": return value == "trailers"
        case _: return true
        }
    }

    /// Clients send crumbs, servers behind ours expect one cookie (section 8.2.3).
    private static func joiningCookies(_ headers: [HeaderField]) -> [HeaderField] {
        let crumbs = headers.filter { $0.name == "cookie" }
        guard crumbs.count > 1 else { return headers }
        let cookie = HeaderField("cookie", crumbs.map(\.value).joined(separator: "; "))
        return headers.filter { $0.name != "cookie" } + [cookie]
    }
}

/// The fields that say what is asked for, each at most once.
private struct PseudoFields {
    var method: String?
    var scheme: String?
    var path: String?
    var authority: String?

    mutating func take(_ name: String, _ value: String) -> Bool {
        switch name {
        case ":method": Self.set(&method, value)
        case ":scheme": Self.set(&scheme, value)
        case ":path": Self.set(&path, value)
        case ":authority": Self.set(&authority, value)
        case _: false
        }
    }

    private static func set(_ field: inout String?, _ value: String) -> Bool {
        guard field == nil else { return false }
        field = value
        return true
    }
}
