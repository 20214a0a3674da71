import KubeAPIServer
import Testing

@Suite("RemoteHeadersPlan")
struct RemoteHeadersPlanTests {
    let user = UserInfo(
        name: "jane", uid: "7", groups: ["a", "b"], extra: ["example.com/scope%": ["x", "y"]])

    func headers(_ sent: [(name: String, value: String)]) -> [String] {
        RemoteHeadersPlan.headers(of: RequestHeaders(sent), user: user)
            .map { "\($0.name): \($0.value)" }
    }

    @Test("who asks is said by the server, and what the client says of it is left out")
    func identity() {
        let seen = headers([
            ("accept", "application/json"), ("authorization", "Bearer secret"), ("x-remote-user", "admin"),
            ("x-remote-group", "system:masters"), ("x-remote-uid", "0"), ("x-remote-extra-a", "b"),
            ("impersonate-user", "jane"), ("connection", "keep-alive"), ("x-forwarded-for", "192.0.2.1"),
        ])
        #expect(
            seen == [
                "accept: application/json", "x-forwarded-for: 192.0.2.1", "X-Remote-User: jane",
                "X-Remote-Uid: 7", "X-Remote-Group: a", "X-Remote-Group: b",
                "X-Remote-Extra-example.com%2Fscope%25: x", "X-Remote-Extra-example.com%2Fscope%25: y",
            ])
    }

    @Test("the wish for another protocol goes on")
    func upgrade() {
        let seen = headers([("connection", "Upgrade"), ("upgrade", "SPDY/3.1")])
        #expect(seen.starts(with: ["connection: Upgrade", "upgrade: SPDY/3.1"]))
    }

    @Test("what one front proxy says another understands")
    func roundTrip() {
        let sent = RemoteHeadersPlan.identity(user).map { ($0.name.lowercased(), $0.value) }
        let read = RequestHeaderOptions(authority: "").user(RequestHeaders(sent))
        #expect(
            read
                == UserInfo(
                    name: "jane", uid: "7", groups: ["a", "b", UserGroup.authenticated],
                    extra: ["example.com/scope%": ["x", "y"]]))
    }
}
