import KubeAPIServer
import Testing

@Suite("ListText")
struct ListTextTests {
    private let head = Array(#"{"kind":"PodList""#.utf8)
    private let opening = Array(#"{"apiVersion":"v1","kind":"Pod","#.utf8)

    private func text(_ items: [String], leavingOut opening: [UInt8]) -> ListText {
        ListText(head: head, items: items.map { Array($0.utf8) }, leavingOut: opening)
    }

    @Test(
        "items stand in the list without their version and kind, wherever they say them",
        arguments: [
            ([], "[]"),
            ([#"{"apiVersion":"v1","kind":"Pod","metadata":{}}"#], #"[{"metadata":{}}]"#),
            ([#"{"kind":"Pod","metadata":{},"apiVersion":"v1"}"#], #"[{"metadata":{}}]"#),
            ([#"{"apiVersion":"v1","kind":"Pod","a":1}"#, #"{"b":2}"#, "{}"], #"[{"a":1},{"b":2},{}]"#),
        ])
    func builtin(_ items: [String], _ expected: String) {
        let body = AnswerBody.list(text(items, leavingOut: opening))
        #expect(String(decoding: body.whole, as: UTF8.self) == #"{"kind":"PodList","items":\#(expected)}"# + "\n")
        #expect(body.length == body.whole.count)
    }

    @Test(
        "items of custom kinds stand as they are",
        arguments: [
            ([], "[]"), ([#"{"kind":"A"}"#], #"[{"kind":"A"}]"#),
            ([#"{"kind":"A"}"#, "{}"], #"[{"kind":"A"},{}]"#),
        ])
    func custom(_ items: [String], _ expected: String) {
        let body = AnswerBody.list(text(items, leavingOut: []))
        #expect(String(decoding: body.whole, as: UTF8.self) == #"{"kind":"PodList","items":\#(expected)}"# + "\n")
        #expect(body.length == body.whole.count)
    }
}
