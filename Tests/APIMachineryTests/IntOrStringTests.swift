import APIMachinery
import Testing

@Suite("IntOrString")
struct IntOrStringTests {
    @Test(arguments: [
        (3, 10, true, 3), ("25%", 10, true, 3), ("25%", 10, false, 2), ("0%", 10, true, 0), ("100%", 7, false, 7),
    ] as [(IntOrString, Int, Bool, Int)])
    func scalesPercentages(_ value: IntOrString, _ total: Int, _ up: Bool, _ expected: Int) throws {
        #expect(try value.scaled(of: total, roundUp: up) == expected)
    }

    @Test("a text that is no percentage is an error")
    func refuses() {
        #expect(throws: IntOrStringError.notPercentage) { try IntOrString("5").scaled(of: 10, roundUp: true) }
        #expect(throws: IntOrStringError.badNumber("a%")) { try IntOrString("a%").scaled(of: 10, roundUp: true) }
    }
}
