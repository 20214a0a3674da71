import KubeAPIServer
import Testing

@Suite("Farewell")
struct FarewellTests {
    @Test("nobody is sent away before")
    func before() { #expect(Farewell().refusal("/api", RequestHeaders()) == nil) }

    static let manners: [(Farewell.Manner, Int, String, String)] = [
        (.unavailable, 503, "1", #""message":"apiserver is shutting down""#),
        (.tooManyRequests, 429, "5", "The apiserver is shutting down, please try again later.\n"),
    ]

    @Test("newcomers are told to try again", arguments: manners)
    func refusal(_ manner: Farewell.Manner, _ code: Int, _ after: String, _ text: String) throws {
        let farewell = Farewell()
        farewell.begin(manner)
        let headers = RequestHeaders([("user-agent", "kubectl/v1")])
        let answer = try #require(farewell.refusal("/api/v1/pods?watch=1", headers))
        #expect(answer.code == code)
        #expect(answer.headers.contains { $0.name == "Retry-After" && $0.value == after })
        #expect(String(decoding: answer.body.whole, as: UTF8.self).contains(text))
    }

    @Test(
        "who looks after the server is answered to the end",
        arguments: [
            ("/readyz?verbose", "curl"), ("/livez/ping", "curl"), ("/metrics", "curl"), ("/api", "kube-apiserver/v1"),
        ])
    func exempt(_ target: String, _ agent: String) {
        let farewell = Farewell()
        farewell.begin(.tooManyRequests)
        #expect(farewell.refusal(target, RequestHeaders([("user-agent", agent)])) == nil)
    }
}
