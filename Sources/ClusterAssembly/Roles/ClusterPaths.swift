/// Where a cluster keeps what it keeps.
package struct ClusterPaths: Sendable {
    /// State that must survive: the store, keys, images.
    package let data: String
    /// Sockets, pid files and whatever a restart makes anew.
    package let run: String

    package init(data: String = "/var/lib/apus", run: String = "/run/apus") {
        self.data = data
        self.run = run
    }

    package var pki: String { data + "/pki" }
    package var store: String { data + "/store" }
    package var adminKubeconfig: String { data + "/admin.conf" }
    package var encryptionKey: String { data + "/pki/encryption.key" }
    package var log: String { data + "/apus.log" }
    package var pidFile: String { run + "/apus.pid" }
}
