internal import APIMachinery

/// What a pod may ask of the operating system that it names.
enum SystemRules {
    private static let podContext = [
        "appArmorProfile", "seLinuxOptions", "hostUsers", "hostPID", "hostIPC", "seccompProfile", "fsGroup",
        "fsGroupChangePolicy", "sysctls", "shareProcessNamespace", "runAsUser", "runAsGroup", "supplementalGroups",
        "supplementalGroupsPolicy", "seLinuxChangePolicy",
    ]
    /// Fields that are of the spec itself, though upstream keeps them in its context.
    private static let ofSpec: Set<String> = ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"]
    private static let containerContext = [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
        "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
    ]

    static func check(_ spec: FieldView, _ findings: inout Findings) {
        let (system, context) = (spec["os"]["name"], spec["securityContext"])
        let containers = ["initContainers", "containers", "ephemeralContainers"].flatMap { spec[$0].items }
        switch system.text {
        case "": findings.add(system.required("cannot be empty"))
        case "linux":
            for owner in [context] + containers.map({ $0["securityContext"] }) where owner["windowsOptions"].exists {
                findings.add(owner["windowsOptions"].forbidden("windows options cannot be set for a linux pod"))
            }
        case "windows":
            let unfit = "cannot be set for a windows pod"
            for field in podContext {
                let view = ofSpec.contains(field) ? spec[field] : context[field]
                let isSet = ["hostPID", "hostIPC"].contains(field) ? view.flag : view.exists
                if isSet { findings.add(view.forbidden(unfit)) }
            }
            for container in containers {
                for field in containerContext where container["securityContext"][field].exists {
                    findings.add(container["securityContext"][field].forbidden(unfit))
                }
            }
        case let other:
            findings.add(.notSupported(spec["os"].path.description, other, ["linux", "windows"]))
        }
    }
}
