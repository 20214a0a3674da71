internal import APITypes
internal import ControllerRuntime

/// All pods, with an index by the node they are bound to.
enum PodsByNode {
    private static let index = "node"

    static func informer(_ context: ControllerContext) -> Informer<Pod> {
        let pods = context.informers.informer(Pod.self)
        pods.addIndex(index) { $0.spec.nodeName.isEmpty ? [] : [$0.spec.nodeName] }
        return pods
    }

    static func list(_ pods: Informer<Pod>, _ node: String) -> [Pod] { pods.list(index: index, node) }
}
