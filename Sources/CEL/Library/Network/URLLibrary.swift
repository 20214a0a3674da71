/// URLs: `url(...)`, `isURL(...)` and their parts.
enum URLLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        library.add(type: .object("kubernetes.URL"), named: "kubernetes.URL")
        library.global(
            "url", "string_to_url", "(string) -> kubernetes.URL",
            .unary { text throws(CELEvaluationError) in
                do throws(GoURL.Problem) {
                    return .object(URLObject(url: try GoURL(parsing: text.stringValueOrEmpty)))
                } catch {
                    throw CELEvaluationError("URL parse error during conversion from string: \(error.message)")
                }
            })
        library.global(
            "isURL", "is_url_string", "(string) -> bool",
            .unary { text throws(CELEvaluationError) in
                let text = try text.string()
                // Only whether it can be read is asked.
                return .bool((try? GoURL(parsing: text)) != nil)
            })
        let parts: [(String, String, @Sendable (GoURL) -> String)] = [
            ("getScheme", "url_get_scheme", { $0.scheme }), ("getHost", "url_get_host", { $0.host }),
            ("getHostname", "url_get_hostname", { $0.hostname }), ("getPort", "url_get_port", { $0.port }),
            ("getEscapedPath", "url_get_escaped_path", { $0.escapedPath }),
        ]
        for (function, id, part) in parts {
            library.member(
                function, id, "(kubernetes.URL) -> string",
                .unary { url throws(CELEvaluationError) in .string(part(try url.url())) })
        }
        library.member(
            "getQuery", "url_get_query", "(kubernetes.URL) -> map(string, list(string))",
            .unary { url throws(CELEvaluationError) in
                let values = try url.url().queryValues
                return .map(CELMap(CELDictionary(values.map { ($0.name, .list($0.values.map { .string($0) })) })))
            })
        return library
    }()
}

private struct URLObject: CELObject {
    let url: GoURL
    var type: CELType { .object("kubernetes.URL") }
    var text: String { url.text }
    func isEqual(to other: any CELObject) -> Bool { (other as? URLObject)?.url == url }
}

extension CELValue {
    fileprivate var stringValueOrEmpty: String { stringValue ?? "" }

    fileprivate func url() throws(CELEvaluationError) -> GoURL {
        guard case .object(let object) = self, let url = object as? URLObject else { throw .noSuchOverload }
        return url.url
    }
}
