internal import APIMachinery
internal import APIRules

/// An ingress that names no class gets the default one.
struct DefaultIngressClass: AdmissionPlugin {
    let objects: ObjectLookup

    var name: String { "DefaultIngressClass" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .create && request.concerns("ingresses", group: "networking.k8s.io")
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard let ingress = request.object, ingress[path: "spec", "ingressClassName"] == nil,
            ingress.annotation("kubernetes.io/ingress.class") == nil,
            let name = DefaultClass.name(
                of: try objects.list("ingressclasses", group: "networking.k8s.io"),
                annotations: ["ingressclass.kubernetes.io/is-default-class"])
        else { return }
        request.object?.modifyFields { ingress in
            ingress.inNewObject("spec") { $0["ingressClassName"] = .string(name) }
        }
    }
}
