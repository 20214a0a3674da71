internal import APIMachinery
internal import APIRegistry
internal import KeyValueStore

/// One state of one object.
struct ObjectState: Sendable, Hashable {
    let key: String
    let revision: Revision

    init(_ object: CachedObject) {
        key = object.key
        revision = object.revision
    }
}

/// What a webhook has made of objects, at hand for those who cannot wait.
struct ConvertedObjects: Sendable {
    private let values: [ObjectState: Value]

    init(_ values: [ObjectState: Value] = [:]) { self.values = values }

    func value(of object: CachedObject) throws(StatusError) -> Value {
        guard let value = values[ObjectState(object)] else {
            throw .internalError("\(object.key) has not been converted")
        }
        return value
    }
}
