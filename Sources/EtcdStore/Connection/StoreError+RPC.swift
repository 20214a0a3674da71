internal import GRPCCore
internal import KeyValueStore

extension StoreError {
    /// Says what etcd or the way to it said. `outOfRange` stands for a revision that is compacted or in
    /// the future; whoever asked for a revision finds out which (`EtcdStore.explain`).
    init(_ error: any Error, key: String) {
        if let error = error as? StoreError {
            self = error
        } else if let error = error as? RPCError {
            let code: Code = error.code == .outOfRange ? .compacted : .unavailable
            self.init(code, key: key, detail: "etcd: \(error.code): \(error.message)")
        } else {
            self.init(.unavailable, key: key, detail: "etcd: \(error)")
        }
    }
}
