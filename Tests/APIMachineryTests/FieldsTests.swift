import APIMachinery
import Testing

@Suite("Fields")
struct FieldsTests {
    @Test("a field that is absent is nil, a null field is null")
    func tellsAbsentFromNull() {
        let value: Value = ["there": .null]
        #expect(value["there"] == .some(.null))
        #expect(value["absent"] == Value?.none)
        #expect(value[path: "absent", "below"] == Value?.none)
    }
}
