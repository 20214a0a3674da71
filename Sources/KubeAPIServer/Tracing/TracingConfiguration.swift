internal import APIMachinery

/// Which requests are traced, and who collects their spans (`apiserver.config.k8s.io` TracingConfiguration).
package struct TracingConfiguration: Sendable, Equatable {
    /// Where the collector listens.
    package enum Endpoint: Sendable, Equatable {
        case address(host: String, port: Int)
        case socket(path: String)
    }

    static let rateMax: Int64 = 1_000_000
    private static let portDefault = 4317

    package var endpoint = Endpoint.address(host: "localhost", port: portDefault)
    /// Of a million requests of which nobody says anything; the others are traced when their parents are.
    package var samplingRatePerMillion: Int64 = 0

    package init() {}

    package init(_ bytes: [UInt8]) throws(ConfigurationError) {
        let document: ConfigurationDocument
        do throws(ConfigurationError) {
            document = try ConfigurationDocument(
                strictly: bytes, group: "apiserver.config.k8s.io", versions: ["v1alpha1", "v1beta1", "v1"],
                kind: "TracingConfiguration", shape: ["endpoint": .string, "samplingRatePerMillion": .integer])
        } catch {
            throw ConfigurationError(
                "failed to read tracing config: unable to decode tracing configuration data: \(error.message)")
        }
        var errors: [FieldError] = []
        if let rate = document.value["samplingRatePerMillion"]?.integerValue {
            samplingRatePerMillion = rate
            if rate < 0 { errors.append(Self.invalid(rate, "sampling rate must be positive")) }
            if rate > Self.rateMax {
                errors.append(Self.invalid(rate, "sampling rate per million must be less than or equal to one million"))
            }
        }
        if let text = document.value["endpoint"]?.stringValue {
            let named = text.contains("//") ? text : "dns://\(text)"
            if let endpoint = Self.endpoint(named) {
                self.endpoint = endpoint
            } else {
                let scheme = named.prefix { $0 != ":" }
                errors.append(
                    .invalid(
                        "endpoint", named,
                        "unsupported scheme: \(scheme).  Options are none, dns, unix, or unix-abstract.  See "
                            + "https://github.com/grpc/grpc/blob/master/doc/naming.md"))
            }
        }
        do throws(ConfigurationError) { try ConfigurationError.check(errors) } catch {
            throw ConfigurationError("failed to validate tracing configuration: \(error.message)")
        }
    }

    private static func invalid(_ rate: Int64, _ why: String) -> FieldError {
        .invalid("samplingRatePerMillion", rate, why)
    }

    private static func endpoint(_ text: String) -> Endpoint? {
        guard let mark = text.range(of: "//"), let scheme = text.split(separator: ":").first else { return nil }
        let rest = text[mark.upperBound...]
        switch scheme {
        case "unix": return .socket(path: String(rest))
        case "dns":
            if rest.hasPrefix("unix:") { return .socket(path: String(rest.dropFirst("unix:".count))) }
            // `dns://SERVER/NAME`: which server knows the name is the machine's affair.
            let name = rest.split(separator: "/").last ?? rest
            guard let colon = name.lastIndex(of: ":"), let port = Int(name[name.index(after: colon)...]) else {
                return .address(host: String(name), port: portDefault)
            }
            let host = name[..<colon]
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            return .address(host: String(isBracketed ? host.dropFirst().dropLast() : host), port: port)
        case _: return nil
        }
    }
}

extension String {
    /// Where another text begins and ends in this one.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
