internal import APIClient

/// The decoded query of a request.
package struct QueryParameters: Sendable {
    private var pairs: [(name: String, value: String)]
    private var encoded: Substring?

    package init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

    /// Reads `a=b&c=d`; a pair that is not valid percent-encoding is left out, as Go does.
    package init(encoded: Substring) {
        self.encoded = encoded
        pairs = encoded.split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { return nil }
            return (name, value)
        }
    }

    /// As it was sent, or would be.
    package var text: String {
        if let encoded { return String(encoded) }
        return pairs.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
            .joined(separator: "&")
    }

    package subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    package func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// Go's ParseBool: `1`, `t`, `true` and so on; anything else is false.
    package func flag(_ name: String) -> Bool {
        switch self[name] {
        case "1", "t", "T", "true", "TRUE", "True": true
        case _: false
        }
    }

    package var everything: [(name: String, value: String)] { pairs }
}
