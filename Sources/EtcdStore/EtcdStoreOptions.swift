/// Where the servers are, and how they and we show who we are.
package struct EtcdStoreOptions: Sendable {
    /// URLs such as `https://10.0.0.1:2379`; one that answers is used, the others when it stops.
    package var endpoints: [String]
    /// A PEM file with the authorities that vouch for the servers; `nil`: the system's.
    package var authorityFile: String?
    /// PEM files that show the servers who we are.
    package var certificateFile: String?
    package var keyFile: String?

    package init(
        endpoints: [String], authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil
    ) {
        self.endpoints = endpoints
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
