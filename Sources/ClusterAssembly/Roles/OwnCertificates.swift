internal import ClusterPKI
internal import Determinism
internal import KubeAPIServer
internal import LinuxKernel
internal import Logging

/// The certificates that the API server shows to its clients, to kubelets and to extension API servers: others when
/// their files change, and new ones before they end. Nobody who is connected notices.
struct OwnCertificates: Sendable {
    /// How long the two files of a pair may take to be both there.
    private static let settling = Duration.seconds(1)
    /// How often it is looked whether a certificate ends soon. None lives so short that more would matter.
    private static let renewalInterval = Duration.seconds(24 * 60 * 60)

    /// A pair that lies in `NAME.crt` and `NAME.key`.
    struct Pair: Sendable {
        let name: String
        var shown: PEMPair
        /// Shows another one from now on.
        let show: @Sendable (PEMPair) throws -> Void
    }

    let directory: String
    let pairs: [Pair]
    /// Replaces what has little of its life left.
    let renew: @Sendable () throws -> ClusterCredentials
    /// Told all certificates whenever some may be new.
    let onRenewal = Replaceable<@Sendable (ClusterCredentials) throws -> Void>({ _ in })
    let time: any Timekeeper
    let logger: Logger

    /// Until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await follow() }
            group.addTask { await renewInTime() }
        }
    }

    private func follow() async {
        let names: AsyncStream<String>
        do throws(KernelError) { names = try FileWatch.changes(in: directory) } catch {
            return logger.error("the server's certificates cannot be followed", metadata: ["error": "\(error)"])
        }
        var pairs = pairs
        // They may have changed before they were watched.
        for index in pairs.indices { look(at: &pairs[index]) }
        for await name in names where name.isEmpty || pairs.contains(where: { name.hasPrefix("\($0.name).") }) {
            // Who is told to end shows nothing more.
            do { try await time.sleep(for: Self.settling) } catch { return }
            for index in pairs.indices { look(at: &pairs[index]) }
        }
    }

    private func look(at pair: inout Pair) {
        let file = "\(directory)/\(pair.name)"
        do {
            guard let certificate = try SecretFile.readText("\(file).crt"),
                let key = try SecretFile.readText("\(file).key")
            else { return }
            let found = PEMPair(certificate: certificate, key: key)
            guard found != pair.shown else { return }
            pair.shown = found
            try pair.show(found)
            logger.info("the server shows another certificate", metadata: ["file": "\(file).crt"])
        } catch {
            logger.error(
                "the server's certificate cannot be taken over, the former one is shown on",
                metadata: ["file": "\(file).crt", "error": "\(error)"])
        }
    }

    private func renewInTime() async {
        while true {
            // Who is told to end renews nothing more.
            do { try await time.sleep(for: Self.renewalInterval) } catch { return }
            do { try onRenewal.current(try renew()) } catch {
                logger.error("the server's certificates cannot be renewed", metadata: ["error": "\(error)"])
            }
        }
    }
}
