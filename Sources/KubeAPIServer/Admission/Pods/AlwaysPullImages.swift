internal import APIMachinery
internal import APIRules

/// Images are pulled for every container, so that nobody uses what only others have the credentials for.
struct AlwaysPullImages: AdmissionPlugin {
    private static let lists = ["initContainers", "containers", "ephemeralContainers"]
    private static let always: Value = "Always"

    var name: String { "AlwaysPullImages" }

    func handles(_ request: AdmissionRequest) -> Bool {
        guard request.concerns("pods") else { return false }
        switch request.operation {
        case .create: return true
        case .update: return !Self.images(request.object).isSubset(of: Self.images(request.oldObject))
        case .delete, .connect: return false
        }
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        request.object?.modifyFields { pod in
            pod.inObject("spec") { spec in
                for list in Self.lists {
                    _ = spec.modify(list) { containers in
                        containers.modifyItems { items in
                            for index in items.indices { items[index]["imagePullPolicy"] = Self.always }
                        }
                    }
                }
            }
        }
    }

    /// Webhooks may have changed it since.
    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        for list in Self.lists {
            for (index, container) in (request.object?[path: "spec", list]?.arrayValue ?? []).enumerated()
            where container["imagePullPolicy"] != Self.always {
                let policy = container["imagePullPolicy"]?.stringValue ?? ""
                let why = FieldError.notSupported("spec.\(list)[\(index)].imagePullPolicy", policy, ["Always"])
                throw request.forbidden("\(why)")
            }
        }
    }

    private static func images(_ pod: Value?) -> Set<String> {
        Set(lists.flatMap { pod?[path: "spec", $0]?.arrayValue ?? [] }.compactMap { $0["image"]?.stringValue })
    }
}
