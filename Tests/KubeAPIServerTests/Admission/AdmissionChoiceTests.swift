import KubeAPIServer
import Testing

@Suite("AdmissionChoice")
struct AdmissionChoiceTests {
    @Test("what is said of plugins counts more than what is usual")
    func choice() throws {
        let usual = AdmissionChoice()
        #expect(usual.isOn("PodSecurity") && usual.isOn("ResourceQuota") && !usual.isOn("AlwaysPullImages"))
        let chosen = try AdmissionChoice(enable: ["AlwaysPullImages"], disable: ["PodSecurity"])
        #expect(!chosen.isOn("PodSecurity") && chosen.isOn("ResourceQuota") && chosen.isOn("AlwaysPullImages"))
    }

    @Test(
        "what is no plugin, or said both ways, is refused in upstream's words",
        arguments: [
            (["Nothing"], [], "enable-admission-plugins plugin \"Nothing\" is unknown"),
            ([], ["Nothing"], "disable-admission-plugins plugin \"Nothing\" is unknown"),
            (
                ["AlwaysDeny", "Priority"], ["Priority", "AlwaysDeny", "x"],
                "[disable-admission-plugins plugin \"x\" is unknown, [AlwaysDeny Priority] in enable-admission-plugins"
                    + " and disable-admission-plugins overlapped]"
            ),
        ])
    func refusal(_ enable: [String], _ disable: [String], _ message: String) {
        let error = #expect(throws: ConfigurationError.self) { try AdmissionChoice(enable: enable, disable: disable) }
        #expect(error?.message == message)
    }
}
