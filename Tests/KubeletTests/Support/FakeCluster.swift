import APIClient
import APIMachinery
import APITypes
import Determinism
import Synchronization

/// An API server of a few lines: objects by path, merge patches, deletion, watches.
///
/// Strategic patches are merge patches with conditions merged by type: all that the kubelet needs.
final class FakeCluster: APITransport {
    private struct Watch {
        let collection: String
        let fieldSelector: String
        let reader: AsyncThrowingStream<[UInt8], any Error>.Continuation
    }

    private struct State {
        var objects: [String: Value] = [:]
        var version: Int64 = 0
        var watches: [Int: Watch] = [:]
        var nextWatch = 0
        var writes: [String] = []
    }

    private let state = Mutex(State())

    // MARK: What tests see and do

    /// `PATCH /api/v1/...` and so on, in order.
    var writes: [String] { state.withLock { $0.writes } }

    func put<T: APIObject>(_ object: T) {
        var value = object.value
        state.withLock { state in
            let path = APIClient.path(T.self, namespace: object.metadata.namespace, name: object.metadata.name)
            store(&value, at: path, &state)
        }
    }

    func get<T: APIObject>(_ type: T.Type, _ name: String, namespace: String = "default") -> T? {
        let path = APIClient.path(type, namespace: T.isNamespaced ? namespace : "", name: name)
        return state.withLock { $0.objects[path] }.flatMap { try? T(value: $0) }
    }

    func all<T: APIObject>(_ type: T.Type) -> [T] {
        state.withLock { state in
            state.objects.values.filter { $0["kind"]?.stringValue == T.gvk.kind }
        }.compactMap { try? T(value: $0) }
    }

    /// Deletes as a user does: a pod is marked, and goes when its kubelet says so.
    func deletePod(_ name: String, namespace: String = "default", grace: Int64, at now: Timestamp) {
        let path = APIClient.path(Pod.self, namespace: namespace, name: name)
        state.withLock { state in
            guard var pod = state.objects[path] else { return }
            pod[path: "metadata", "deletionTimestamp"] = .string(now.rfc3339)
            pod[path: "metadata", "deletionGracePeriodSeconds"] = .integer(grace)
            store(&pod, at: path, &state)
        }
    }

    // MARK: APITransport

    func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
        let result: Result<Value, StatusError> = state.withLock { state in
            do throws(StatusError) { return .success(try answer(request, &state)) } catch { return .failure(error) }
        }
        return APIResponse(code: 200, contentType: "application/json", body: try result.get().json)
    }

    func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let (stream, reader) = AsyncThrowingStream.makeStream(of: [UInt8].self)
        state.withLock { state in
            let selector = request.query.first { $0.name == "fieldSelector" }?.value ?? ""
            state.nextWatch += 1
            let id = state.nextWatch
            // Never taken out: the end of a stream is told under the task's lock, news under ours.
            state.watches[id] = Watch(collection: request.path, fieldSelector: selector, reader: reader)
            // What changed between the list and the watch.
            let since = Int64(request.query.first { $0.name == "resourceVersion" }?.value ?? "") ?? 0
            for (path, value) in state.objects where belongs(path, to: request.path) && matches(value, selector) {
                if Self.version(value) > since { reader.yield(Self.frame("MODIFIED", value)) }
            }
        }
        return stream
    }

    // MARK: Inside

    private func answer(_ request: APIRequest, _ state: inout State) throws(StatusError) -> Value {
        if request.method != .get { state.writes.append("\(request.method.rawValue) \(request.path)") }
        let body = request.body.flatMap { try? Value(json: $0) }
        var path = request.path
        if path.hasSuffix("/token") {
            return [
                "kind": "TokenRequest", "status": ["token": "a-token", "expirationTimestamp": "2026-01-01T01:00:00Z"],
            ]
        }
        if path.hasSuffix("/subjectaccessreviews") {
            let isFriend = body?[path: "spec", "user"]?.stringValue == "kube-apiserver-kubelet-client"
            return ["kind": "SubjectAccessReview", "status": ["allowed": .bool(isFriend)]]
        }
        switch request.method {
        case .get:
            if let object = state.objects[path] { return object }
            let selector = request.query.first { $0.name == "fieldSelector" }?.value ?? ""
            let isCollection = ["pods", "services", "nodes", "configmaps", "secrets"].contains {
                path.hasSuffix("/" + $0)
            }
            guard isCollection else { throw .notFound(GroupResource(group: "", resource: "things"), path) }
            let items = state.objects.filter { belongs($0.key, to: path) && matches($0.value, selector) }.map(\.value)
            return ["metadata": ["resourceVersion": .string(String(state.version))], "items": .array(items)]
        case .post:
            guard var object = body, let name = object[path: "metadata", "name"]?.stringValue else {
                throw .badRequest("no name")
            }
            path += "/\(name)"
            guard state.objects[path] == nil else {
                throw .alreadyExists(GroupResource(group: "", resource: "things"), name)
            }
            if object[path: "metadata", "uid"] == nil {
                object[path: "metadata", "uid"] = .string("uid-\(state.version)")
            }
            store(&object, at: path, &state)
            return object
        case .patch:
            if path.hasSuffix("/status") { path.removeLast(7) }
            guard var object = state.objects[path], let patch = body else {
                throw .notFound(GroupResource(group: "", resource: "things"), path)
            }
            if let uid = patch[path: "metadata", "uid"], uid != object[path: "metadata", "uid"] {
                throw .conflict(GroupResource(group: "", resource: "pods"), path, "uid")
            }
            merge(patch, into: &object)
            store(&object, at: path, &state)
            return object
        case .delete:
            guard let object = state.objects.removeValue(forKey: path) else {
                throw .notFound(GroupResource(group: "", resource: "things"), path)
            }
            state.version += 1
            tell("DELETED", object, path, state)
            return object
        default:
            throw .badRequest("not here")
        }
    }

    private func merge(_ patch: Value, into object: inout Value) {
        for field in patch.objectValue ?? Fields() {
            switch (field.value, object[field.name]) {
            case (.null, _): object[field.name] = nil
            case (.object, var old?) where old.objectValue != nil:
                merge(field.value, into: &old)
                object[field.name] = old
            case (.array(let new), .array(let old)?) where field.name == "conditions":
                let kept = old.filter { one in !new.contains { $0["type"] == one["type"] } }
                object[field.name] = .array(kept + new.filter { $0["$patch"] == nil }.map(Self.withoutNulls))
            default: object[field.name] = field.value
            }
        }
    }

    private static func withoutNulls(_ value: Value) -> Value {
        var result = Value.emptyObject
        for field in value.objectValue ?? Fields() where field.value != .null { result[field.name] = field.value }
        return result
    }

    private func store(_ object: inout Value, at path: String, _ state: inout State) {
        state.version += 1
        object[path: "metadata", "resourceVersion"] = .string(String(state.version))
        let isNew = state.objects.updateValue(object, forKey: path) == nil
        tell(isNew ? "ADDED" : "MODIFIED", object, path, state)
    }

    private func tell(_ type: String, _ object: Value, _ path: String, _ state: State) {
        for watch in state.watches.values
        where belongs(path, to: watch.collection) && matches(object, watch.fieldSelector) {
            watch.reader.yield(Self.frame(type, object))
        }
    }

    private static func frame(_ type: String, _ object: Value) -> [UInt8] {
        Array("{\"type\":\"\(type)\",\"object\":".utf8) + object.json + Array("}".utf8)
    }

    private static func version(_ object: Value) -> Int64 {
        Int64(object[path: "metadata", "resourceVersion"]?.stringValue ?? "") ?? 0
    }

    /// Collections across namespaces end in the plural alone.
    private func belongs(_ path: String, to collection: String) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        let parent = String(path[..<slash])
        guard !collection.contains("/namespaces/") else { return parent == collection }
        return parent == collection
            || (parent.hasPrefix("/api/v1/namespaces/")
                && parent.hasSuffix("/" + (collection.split(separator: "/").last ?? "")))
    }

    private func matches(_ object: Value, _ selector: String) -> Bool {
        let parts = selector.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return true }
        var value: Value? = object
        for name in parts[0].split(separator: ".") { value = value?[String(name)] }
        return value?.stringValue == parts[1]
    }
}
