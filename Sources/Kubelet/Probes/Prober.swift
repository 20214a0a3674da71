internal import APIMachinery
package import APITypes
package import ContainerRuntime
package import Determinism

/// Asks a container how it fares, by whatever means its probe names.
package struct Prober: Sendable {
    /// As much of a command's or server's answer as goes into events.
    package static let outputMax = 10 * 1024
    static let userAgent = "kube-probe/1.36"

    private let runtime: any ContainerService
    private let http: ProbeHTTPClient
    private let grpc: GRPCHealthProbe

    package init(runtime: any ContainerService, time: any Timekeeper) {
        self.runtime = runtime
        http = ProbeHTTPClient(time: time)
        grpc = GRPCHealthProbe()
    }

    package func ask(_ probe: Probe, _ container: Container, id: String, podIP: String) async -> ProbeResult {
        if let exec = probe.exec { return await command(exec.command, id: id, timeout: probe.timeout) }
        if let get = probe.httpGet {
            guard let port = container.port(get.port.text), (1...65535).contains(port) else {
                return .error("couldn't find port: \(get.port.text) for pod")
            }
            return await http.get(
                HTTPTarget(get, host: get.host.isEmpty ? podIP : get.host, port: port), timeout: probe.timeout)
        }
        if let tcp = probe.tcpSocket {
            guard let port = container.port(tcp.port.text), (1...65535).contains(port) else {
                return .error("couldn't find port: \(tcp.port.text) for pod")
            }
            return await http.connect(host: tcp.host.isEmpty ? podIP : tcp.host, port: port, timeout: probe.timeout)
        }
        if let grpc = probe.grpc {
            return await self.grpc.check(
                host: podIP, port: Int(grpc.port), service: grpc.service ?? "", timeout: probe.timeout)
        }
        return .error("missing probe handler")
    }

    private func command(_ command: [String], id: String, timeout: Duration) async -> ProbeResult {
        do throws(RuntimeServiceError) {
            let result = try await runtime.execSync(id, command: command, timeout: timeout)
            guard result.exitCode != 0 else { return .success }
            return .failure(String(decoding: (result.stdout + result.stderr).prefix(Self.outputMax), as: UTF8.self))
        } catch where error.code == .deadlineExceeded {
            return .failure(
                "command timed out: \"\(command.joined(separator: " "))\" timed out after \(timeout.goText)")
        } catch {
            return .error("rpc error: \(error.message)")
        }
    }
}

/// Where an HTTP probe or hook goes.
package struct HTTPTarget: Sendable, Equatable {
    package var isTLS: Bool
    package var host: String
    package var port: Int
    package var path: String
    package var headers: [(name: String, value: String)]

    package init(_ action: HTTPGetAction, host: String, port: Int) {
        isTLS = action.scheme == "HTTPS"
        self.host = host
        self.port = port
        path = action.path.hasPrefix("/") ? action.path : "/" + action.path
        headers = action.httpHeaders.map { ($0.name, $0.value) }
    }

    package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    package var url: String { "\(isTLS ? "https" : "http")://\(authority)\(path)" }

    package static func == (left: HTTPTarget, right: HTTPTarget) -> Bool { left.url == right.url }

    /// Where a redirect leads; nil when to another host, which is not followed.
    func redirected(to location: String) -> HTTPTarget? {
        var target = self
        if location.hasPrefix("/") {
            target.path = location
            return target
        }
        for (scheme, isTLS) in [("http://", false), ("https://", true)] where location.hasPrefix(scheme) {
            let rest = location.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" }
            let parts = authority.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.first == host else { return nil }
            target.isTLS = isTLS
            target.port = parts.count == 2 ? Int(parts[1]) ?? port : (isTLS ? 443 : 80)
            target.path = authority.endIndex == rest.endIndex ? "/" : String(rest[authority.endIndex...])
            return target
        }
        target.path = "/" + location
        return target
    }
}
