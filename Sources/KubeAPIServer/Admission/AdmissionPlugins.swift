/// The plugins that are on, in upstream's order.
enum AdmissionPlugins {
    static func chain(_ parts: ServerParts) -> AdmissionChain {
        AdmissionChain([
            NamespaceLifecycle(objects: parts.objects),
        ])
    }
}
