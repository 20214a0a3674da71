import KubeAPIServer
import Testing

@Suite("ListItem")
struct ListItemTests {
    @Test(
        "an item is its object without version and kind, wherever they stand",
        arguments: [
            ("{}", "{}"), (#"{"apiVersion":"v1","kind":"K"}"#, "{}"),
            (#"{"apiVersion":"v1","data":{"kind":"a","b":"},\"{"},"kind":"K","metadata":{}}"#,
             #"{"data":{"kind":"a","b":"},\"{"},"metadata":{}}"#),
            (#"{"a":[1,{"apiVersion":2}],"apiVersion":"v1","b":null,"kind":"K"}"#, #"{"a":[1,{"apiVersion":2}],"b":null}"#),
            (#"{"kind\\":"x","kind":"K","x":true}"#, #"{"kind\\":"x","x":true}"#),
        ])
    func items(_ object: String, _ item: String) {
        var list: [UInt8] = []
        ListItem.append(Array(object.utf8), to: &list)
        #expect(String(decoding: list, as: UTF8.self) == item)
    }
}
