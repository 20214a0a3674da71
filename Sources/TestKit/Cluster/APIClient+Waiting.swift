package import APIClient
internal import APIMachinery
package import APITypes
package import ControllerRuntime

extension APIClient {
    /// Returns the object once it is as wanted; reads, then watches, never sleeps. A test that waits
    /// needs a `.timeLimit`.
    package func wait<T: APIObject>(
        for type: T.Type, _ key: ObjectKey, until isAsWanted: @Sendable (T) -> Bool
    ) async throws -> T {
        try await follow(type, key.namespace) { objects in
            objects.first { ObjectKey($0) == key && isAsWanted($0) }
        }
    }

    /// Returns all objects of a namespace once they are as wanted together.
    package func waitForAll<T: APIObject>(
        _ type: T.Type, namespace: String = "", until areAsWanted: @Sendable ([T]) -> Bool
    ) async throws -> [T] {
        try await follow(type, namespace) { objects in areAsWanted(objects) ? objects : nil }
    }

    /// Returns once the object is gone.
    package func waitForEnd<T: APIObject>(of type: T.Type, _ key: ObjectKey) async throws {
        let _: Bool = try await follow(type, key.namespace) { objects in
            objects.contains { ObjectKey($0) == key } ? nil : true
        }
    }

    private func follow<T: APIObject, Result>(
        _ type: T.Type, _ namespace: String, _ look: ([T]) -> Result?
    ) async throws -> Result {
        while true {
            let list = try await list(type, namespace: namespace)
            var objects: [ObjectKey: T] = [:]
            for object in list.items { objects[ObjectKey(object)] = object }
            if let result = look(list.items) { return result }
            let options = ListOptions(resourceVersion: list.metadata.resourceVersion)
            for try await frame in try await watch(type, namespace: namespace, options: options) {
                switch try WatchEvent<T>(frame: frame) {
                case .added(let object), .modified(let object): objects[ObjectKey(object)] = object
                case .deleted(let object): objects[ObjectKey(object)] = nil
                case .bookmark: continue
                case .error(let error): throw error
                }
                if let result = look(Array(objects.values)) { return result }
            }
            try Task.checkCancellation()
        }
    }
}
