package import APIClient
package import APIMachinery
package import APITypes
internal import Synchronization

/// An API server that only lists and watches: enough for whoever keeps step with objects that a test changes.
///
/// Selectors are ignored: it shows everything of a kind.
package final class WatchableServer: APITransport {
    private typealias Watcher = AsyncThrowingStream<[UInt8], any Error>.Continuation

    private struct Kind {
        var objects: [String: Value] = [:]
        var watchers: [Watcher] = []
    }

    private struct State {
        var version = 1
        var kinds: [String: Kind] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Creates or replaces the object, and tells those who watch.
    package func put<T: APIObject>(_ object: T) throws(JSONError) {
        let value = try Value(json: object.json)
        let key = "\(object.metadata.namespace)/\(object.metadata.name)"
        tell(APIClient.path(T.self), key) { kind, version in
            var value = value
            value[path: "metadata", "resourceVersion"] = .string(version)
            let isNew = kind.objects.updateValue(value, forKey: key) == nil
            return (isNew ? "ADDED" : "MODIFIED", value)
        }
    }

    /// Removes the object, and tells those who watch. One that is not there is no error.
    package func remove<T: APIObject>(_ type: T.Type, namespace: String = "", name: String) {
        let key = "\(namespace)/\(name)"
        tell(APIClient.path(T.self), key) { kind, version in
            guard var value = kind.objects.removeValue(forKey: key) else { return nil }
            value[path: "metadata", "resourceVersion"] = .string(version)
            return ("DELETED", value)
        }
    }

    package func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
        guard request.method == .get else { throw .internalError("a watchable server only lists and watches") }
        let body: Value = state.withLock { state in
            let items = state.kinds[request.path]?.objects.sorted { $0.key < $1.key }.map(\.value) ?? []
            return ["metadata": ["resourceVersion": .string(String(state.version))], "items": .array(items)]
        }
        return APIResponse(code: 200, contentType: "application/json", body: body.json)
    }

    /// A watch begins with what happens from now on; what was missed since the list comes first, as added.
    package func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let (stream, watcher) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let seen = request.query.first { $0.name == "resourceVersion" }.flatMap { Int($0.value) } ?? 0
        state.withLock { state in
            for object in state.kinds[request.path]?.objects.values.map({ $0 }) ?? [] {
                let version = object[path: "metadata", "resourceVersion"]?.stringValue.flatMap { Int($0) } ?? 0
                if version > seen { watcher.yield(Self.frame("ADDED", object)) }
            }
            state.kinds[request.path, default: Kind()].watchers.append(watcher)
        }
        return stream
    }

    private func tell(_ path: String, _ key: String, _ change: (inout Kind, String) -> (String, Value)?) {
        state.withLock { state in
            state.version += 1
            var kind = state.kinds[path] ?? Kind()
            if let (type, object) = change(&kind, String(state.version)) {
                for watcher in kind.watchers { watcher.yield(Self.frame(type, object)) }
            }
            state.kinds[path] = kind
        }
    }

    private static func frame(_ type: String, _ object: Value) -> [UInt8] {
        // Written by hand because the type must come first.
        Array(#"{"type":"\#(type)","object":"#.utf8) + object.json + Array("}".utf8)
    }
}
