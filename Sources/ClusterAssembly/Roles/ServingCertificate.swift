internal import ClusterPKI
internal import Determinism
internal import KubeAPIServer
internal import LinuxKernel
internal import Logging

/// The certificate that the API server shows: another one when its files change, and a new one before it ends.
struct ServingCertificate: Sendable {
    /// How long the two files of a pair may take to be both there.
    private static let settling = Duration.seconds(1)
    /// How often it is looked whether a certificate ends soon. None lives so short that more would matter.
    private static let renewalInterval = Duration.seconds(24 * 60 * 60)

    /// Where `apiserver.crt` and `apiserver.key` lie.
    let directory: String
    /// Replaces what has little of its life left.
    let renew: @Sendable () throws -> Void
    let server: HTTPServer
    let time: any Timekeeper
    let logger: Logger

    /// Until cancelled.
    func run(shown: PEMPair) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await follow(shown) }
            group.addTask { await renewInTime() }
        }
    }

    private func follow(_ first: PEMPair) async {
        let names: AsyncStream<String>
        do throws(KernelError) { names = try FileWatch.changes(in: directory) } catch {
            return logger.error("the server's certificate cannot be followed", metadata: ["error": "\(error)"])
        }
        var shown = first
        // It may have changed before it was watched.
        await show(&shown)
        for await name in names where name.isEmpty || name.hasPrefix("apiserver.") {
            // Who is told to end shows nothing more.
            do { try await time.sleep(for: Self.settling) } catch { return }
            await show(&shown)
        }
    }

    private func show(_ shown: inout PEMPair) async {
        do {
            guard let certificate = try SecretFile.readText("\(directory)/apiserver.crt"),
                let key = try SecretFile.readText("\(directory)/apiserver.key")
            else { return }
            let pair = PEMPair(certificate: certificate, key: key)
            guard pair != shown else { return }
            shown = pair
            try server.show(pair)
            logger.info("the server shows another certificate", metadata: ["directory": "\(directory)"])
        } catch {
            logger.error(
                "the server's certificate cannot be taken over, the former one is shown on",
                metadata: ["directory": "\(directory)", "error": "\(error)"])
        }
    }

    private func renewInTime() async {
        while true {
            // Who is told to end renews nothing more.
            do { try await time.sleep(for: Self.renewalInterval) } catch { return }
            do { try renew() } catch {
                logger.error("the server's certificate cannot be renewed", metadata: ["error": "\(error)"])
            }
        }
    }
}
