/// Where a pod's things lie on this machine; upstream's layout.
package struct PodDirectories: Sendable, Equatable {
    package let root: String
    package let uid: String

    package init(root: String, uid: String) {
        self.root = root
        self.uid = uid
    }

    package var pod: String { "\(root)/pods/\(uid)" }
    package var hostsFile: String { "\(pod)/etc-hosts" }

    package func volume(_ name: String, plugin: String) -> String { "\(pod)/volumes/kubernetes.io~\(plugin)/\(name)" }

    package func container(_ name: String) -> String { "\(pod)/containers/\(name)" }

    package func subPath(volume: String, container: String, index: Int) -> String {
        "\(pod)/volume-subpaths/\(volume)/\(container)/\(index)"
    }
}
