import Determinism
import KubeAPIServer
import Testing

@Suite("AnswerDate")
struct AnswerDateTests {
    @Test(
        "the date is HTTP's",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_709_164_799, "Wed, 28 Feb 2024 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] as [(Int64, String)])
    func date(_ seconds: Int64, _ text: String) {
        let time = ManualTimekeeper(now: Timestamp(seconds: seconds))
        #expect(AnswerDate(time: time).text == text)
    }

    @Test("the date goes on with the time")
    func progress() {
        let time = ManualTimekeeper(now: Timestamp(seconds: 0))
        let date = AnswerDate(time: time)
        #expect(date.text.hasSuffix("00:00:00 GMT"))
        time.advance(by: .seconds(61))
        #expect(date.text.hasSuffix("00:01:01 GMT"))
    }
}
