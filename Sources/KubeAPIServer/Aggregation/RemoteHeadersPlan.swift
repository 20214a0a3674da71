package import APIMachinery

/// The headers with which a request goes on to an extension API server: who asks is said by ours, never by those of
/// the client.
package enum RemoteHeadersPlan {
    static let user = "X-Remote-User"
    static let uid = "X-Remote-Uid"
    static let group = "X-Remote-Group"
    static let extra = "X-Remote-Extra-"

    /// Of the connection between the client and us.
    private static let ofConnection: Set<String> = [
        "host", "content-length", "transfer-encoding", "keep-alive", "te", "trailer", "proxy-connection",
        "proxy-authenticate", "proxy-authorization",
    ]

    package static func headers(of request: RequestHeaders, user: UserInfo) -> [(name: String, value: String)] {
        let isUpgrade = isUpgrade(request)
        let headers = request.everything.filter { name, _ in
            if ["connection", "upgrade"].contains(name) { return isUpgrade }
            return !ofConnection.contains(name) && !tellsWho(name)
        }
        return headers + identity(user)
    }

    /// What tells the extension server who asks.
    package static func identity(_ user: UserInfo) -> [(name: String, value: String)] {
        var headers = [(name: Self.user, value: user.name)]
        if !user.uid.isEmpty { headers.append((uid, user.uid)) }
        headers += user.groups.map { (group, $0) }
        for (key, values) in user.extra.sorted(by: { $0.key < $1.key }) {
            headers += values.map { (extra + escaped(key), $0) }
        }
        return headers
    }

    package static func isUpgrade(_ request: RequestHeaders) -> Bool {
        request.all("connection").contains { $0.lowercased().contains("upgrade") }
    }

    private static func tellsWho(_ name: String) -> Bool {
        name == "authorization" || name.hasPrefix("impersonate-") || name == "x-remote-user" || name == "x-remote-uid"
            || name == "x-remote-group" || name.hasPrefix("x-remote-extra-")
    }

    /// Bytes that no header's name may have, and `%` itself, as `%2F`.
    private static func escaped(_ key: String) -> String {
        var text = ""
        for byte in key.utf8 {
            if isToken(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (byte < 16 ? "0" : "") + digits
            }
        }
        return text
    }

    /// RFC 9110's `tchar` but for `%`.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        case _: "!#$&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
