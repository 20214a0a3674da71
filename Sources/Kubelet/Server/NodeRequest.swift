/// One question to the node's server.
package struct NodeRequest: Sendable {
    package var method: String
    package var path: String
    package var query: [(name: String, value: String)]
    package var headers: [(name: String, value: String)]

    package init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
    }

    package func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// `1` and `true` are what clients send for yes.
    package func flag(_ name: String) -> Bool { value(name).map { $0 == "1" || $0.lowercased() == "true" } ?? false }

    package func values(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }

    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}

/// What the node's server answers.
package enum NodeAnswer: Sendable {
    case text(Int, String, contentType: String = "text/plain; charset=utf-8")
    case bytes([UInt8], contentType: String)
    /// Pieces as they come; the stream's end is the answer's end.
    case stream(AsyncThrowingStream<[UInt8], any Error>, contentType: String)
    /// The connection itself goes to the container runtime's streaming server.
    case tunnel(to: String)

    package static func refusal(_ code: Int, _ message: String) -> NodeAnswer { .text(code, message + "\n") }
}

/// Who asks.
package struct NodeCaller: Sendable, Equatable {
    package var userName: String
    package var groups: [String]

    package init(userName: String, groups: [String]) {
        self.userName = userName
        self.groups = groups
    }
}
