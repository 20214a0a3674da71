internal import APIClient
package import APIMachinery
package import Determinism

/// `/statusz` and `/flagz`: what the server is, and what it was told to be. For people; for programs in the form that
/// they ask for by name (`config.k8s.io`).
package struct DebugPages: PageHandler {
    /// How a client wants to see a page.
    package enum Form: Sendable, Equatable {
        case text
        case structured(Encoding, version: String)
    }

    private static let component = "kube-apiserver"
    private static let delimiters = [":", ": ", "=", " "]
    private static let versions = ["v1alpha1", "v1beta1"]
    private static let supported = ["application/json", "application/yaml", "text/plain"]
    private static let paths = [
        "/debug", "/flagz", "/healthz", "/livez", "/metrics", "/readyz", "/statusz", "/version",
    ]

    let flags: [String: String]
    let started: Timestamp
    let version: Value
    let time: any Timekeeper
    let random: any RandomSource

    package init(
        flags: [String: String], started: Timestamp, version: Value, time: any Timekeeper, random: any RandomSource
    ) {
        self.flags = flags
        self.started = started
        self.version = version
        self.time = time
        self.random = random
    }

    package func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        guard request.method == .get || request.method == .head else { return nil }
        let kind: String
        switch request.path {
        case "/statusz": kind = "Statusz"
        case "/flagz": kind = "Flagz"
        case _: return nil
        }
        guard let form = Self.form(accept: request.headers["accept"] ?? "", kind: kind) else {
            throw .notAcceptable(Self.supported)
        }
        switch form {
        case .text: return .response(.text(200, kind == "Flagz" ? flagText : statusText))
        case .structured(let encoding, let version):
            var object: Value = kind == "Flagz" ? ["flags": flagValue] : statusValue
            object["kind"] = .string(kind)
            object["apiVersion"] = .string("config.k8s.io/\(version)")
            object["metadata"] = ["name": .string(Self.component)]
            let body = encoding == .yaml ? Array(YAML.text(object).utf8) : object.json
            var response = ServerResponse(200, contentType: encoding.rawValue, body: [body])
            if version == "v1alpha1" {
                let endpoint = "This version of the \(kind.lowercased()) endpoint"
                response.headers.append(("Warning", "299 - \"\(endpoint) is deprecated. Please use a newer version.\""))
            }
            return .response(response)
        }
    }

    /// The first form that both sides know, in the client's order; `nil`: there is none.
    package static func form(accept: String, kind: String) -> Form? {
        guard !accept.trimmed.isEmpty else { return .text }
        for clause in accept.split(separator: ",") {
            let parts = clause.split(separator: ";").map { $0.trimmed }
            var parameters: [String: String] = [:]
            for part in parts.dropFirst() {
                let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmed }
                if pair.count == 2 { parameters[pair[0]] = pair[1] }
            }
            switch parts.first {
            case "text/plain", "text/*", "*/*": if parameters["as"] == nil { return .text }
            case "application/json", "application/yaml", "application/*":
                guard parameters["as"] == kind, parameters["g"] == "config.k8s.io",
                    let version = parameters["v"], versions.contains(version)
                else { continue }
                return .structured(parts.first == "application/yaml" ? .yaml : .json, version: version)
            case _: continue
            }
        }
        return nil
    }

    // MARK: Contents

    private func header(_ page: String) -> String {
        "\n\(Self.component) \(page)\nWarning: This endpoint is not meant to be machine parseable, has no formatting "
            + "compatibility guarantees and is for debugging purposes only.\n"
    }

    /// Another one each time, so that nobody comes to rely on it.
    private var delimiter: String { Self.delimiters[random.below(Self.delimiters.count)] }

    private var uptime: Int64 { max(0, (time.now.nanoseconds - started.nanoseconds) / 1_000_000_000) }

    private var flagText: String {
        let delimiter = delimiter
        return header("flagz") + flags.sorted { $0.key < $1.key }.map { "\($0.key)\(delimiter)\($0.value)\n" }.joined()
    }

    private var flagValue: Value {
        var value = Value.emptyObject
        for (name, text) in flags { value[name] = .string(text) }
        return value
    }

    private var binaryVersion: String {
        let text = version["gitVersion"]?.stringValue ?? ""
        return String((text.hasPrefix("v") ? text.dropFirst() : text[...]).prefix { $0 != "+" })
    }

    private var emulationVersion: String {
        "\(version["emulationMajor"]?.stringValue ?? "").\(version["emulationMinor"]?.stringValue ?? "")"
    }

    private var statusText: String {
        let delimiter = delimiter
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let up = "\(uptime / 3600) hr \(two(uptime / 60 % 60)) min \(two(uptime % 60)) sec"
        return header("statusz") + """

            Started\(delimiter) \(started.unixDate)
            Up\(delimiter) \(up)
            Go version\(delimiter) \(version["goVersion"]?.stringValue ?? "")
            Binary version\(delimiter) \(binaryVersion)
            Emulation version\(delimiter) \(emulationVersion)
            Paths\(delimiter) \(Self.paths.joined(separator: " "))

            """
    }

    private var statusValue: Value {
        [
            "startTime": .string(started.rfc3339), "uptimeSeconds": .integer(uptime),
            "goVersion": version["goVersion"] ?? "", "binaryVersion": .string(binaryVersion),
            "emulationVersion": .string(emulationVersion), "paths": .strings(Self.paths),
        ]
    }
}

extension Timestamp {
    /// `Mon Jan  2 15:04:05 UTC 2006`.
    fileprivate var unixDate: String {
        let text = rfc3339
        let fields = text.split { "-T:Z".contains($0) }.map(String.init)
        guard fields.count == 6, let month = Int(fields[1]), let day = Int(fields[2]) else { return text }
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = days[Int(((nanoseconds / 86_400_000_000_000) % 7 + 7) % 7)]
        let clock = fields[3...].joined(separator: ":")
        return "\(weekday) \(months[month - 1]) \(day < 10 ? " " : "")\(day) \(clock) UTC \(fields[0])"
    }
}
