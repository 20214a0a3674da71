import APIMachinery
import KubeAPIServer
import Testing

@Suite("What ImagePolicyWebhook is told")
struct ImagePolicyTests {
    @Test("times out of their bounds are refused in upstream's words", arguments: [
        ("retryBackoff: 400000", "valid value is between 1ns and 5m0s, got 6m40s"),
        ("allowTTL: 1", "valid value is between 1s and 30m0s, got 1s"),
        ("allowTTL: 7200", "valid value is between 1s and 30m0s, got 2h0m0s"),
        ("denyTTL: -2", "valid value is between 1s and 30m0s, got -2s"),
    ])
    func bounds(_ line: String, _ message: String) {
        do {
            _ = try ImagePolicySettings(Array("imagePolicy:\n  \(line)\n".utf8))
            #expect(Bool(false), "\(line) is taken")
        } catch { #expect(error.message == message) }
    }

    @Test("it has to be told whom to ask")
    func nobody() {
        #expect(throws: ConfigurationError.self) { try ImagePolicySettings(Array("imagePolicy: {}".utf8)) }
    }
}
