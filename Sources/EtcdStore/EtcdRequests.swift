internal import EtcdProtocol
internal import FoundationEssentials
internal import KeyValueStore
internal import SwiftProtobuf

extension Etcdserverpb_RangeRequest {
    /// Asks for nothing but the header; goes through the leader, so that it has seen every acknowledged write.
    static let currentRevision = Self.with {
        $0.key = Data([0])
        $0.countOnly = true
    }

    static func one(_ key: String, at revision: Revision?) -> Self {
        .with {
            $0.key = Data(key.utf8)
            $0.revision = revision ?? 0
        }
    }

    /// Keys from `first` on under a prefix, in order.
    static func some(_ prefix: KeyBytes, from first: KeyBytes, at revision: Revision?, limit: Int) -> Self {
        .with {
            $0.key = first.rangeStart
            $0.rangeEnd = prefix.rangeEnd
            $0.revision = revision ?? 0
            $0.limit = Int64(limit)
        }
    }
}

extension Etcdserverpb_TxnRequest {
    /// Puts a value under a key that has none.
    static func create(_ key: Data, _ value: [UInt8], lease: Int64) -> Self {
        .with {
            $0.compare = [.version(key, .equal, 0)]
            $0.success = [.put(key, value, lease: lease)]
        }
    }

    /// Replaces a value at a revision; otherwise says what is there.
    static func update(_ key: Data, ifAt expected: Revision, to value: [UInt8], lease: Int64) -> Self {
        .with {
            $0.compare = [.version(key, .greater, 0), .revision(key, expected)]
            $0.success = [.put(key, value, lease: lease)]
            $0.failure = [.get(key)]
        }
    }

    /// Removes a key, at a revision if one is given; otherwise says what is there.
    static func delete(_ key: Data, ifAt expected: Revision?) -> Self {
        .with {
            $0.compare = [.version(key, .greater, 0)]
            if let expected { $0.compare.append(.revision(key, expected)) }
            $0.success = [.with { $0.requestDeleteRange = .with { $0.key = key } }]
            $0.failure = [.get(key)]
        }
    }
}

extension CompactionPlan {
    /// Where upstream's API servers agree too.
    static let key = "compact_rev_key"
}

extension Etcdserverpb_TxnRequest {
    /// Writes the clock of the compaction, if it stands where the round says; otherwise says where it stands.
    static func propose(_ round: CompactionPlan.Round) -> Self {
        let key = Data(CompactionPlan.key.utf8)
        return .with {
            $0.compare = [.version(key, .equal, round.version)]
            $0.success = [.put(key, Array(String(round.revision).utf8), lease: 0)]
            $0.failure = [.get(key)]
        }
    }
}

extension Etcdserverpb_Compare {
    fileprivate static func version(_ key: Data, _ result: CompareResult, _ version: Int64) -> Self {
        .with {
            $0.key = key
            $0.target = .version
            $0.result = result
            $0.version = version
        }
    }

    fileprivate static func revision(_ key: Data, _ revision: Revision) -> Self {
        .with {
            $0.key = key
            $0.target = .mod
            $0.result = .equal
            $0.modRevision = revision
        }
    }
}

extension Etcdserverpb_RequestOp {
    fileprivate static func put(_ key: Data, _ value: [UInt8], lease: Int64) -> Self {
        .with {
            $0.requestPut = .with {
                $0.key = key
                $0.value = Data(value)
                $0.lease = lease
            }
        }
    }

    fileprivate static func get(_ key: Data) -> Self { .with { $0.requestRange = .with { $0.key = key } } }
}

extension Etcdserverpb_WatchRequest {
    static func create(_ prefix: KeyBytes, after revision: Revision) -> Self {
        .with {
            $0.createRequest = .with {
                $0.key = prefix.rangeStart
                $0.rangeEnd = prefix.rangeEnd
                $0.startRevision = revision + 1
                $0.progressNotify = true
                $0.fragment = true
            }
        }
    }
}

extension KeyBytes {
    /// etcd knows no empty key; one zero byte is the least there is.
    fileprivate var rangeStart: Data { bytes.isEmpty ? Data([0]) : Data(bytes) }

    /// One zero byte stands for "to the end".
    fileprivate var rangeEnd: Data { endOfPrefix.map { Data($0.bytes) } ?? Data([0]) }
}

extension Entry {
    init(_ found: Mvccpb_KeyValue) {
        self.init(
            key: String(decoding: found.key, as: UTF8.self), value: [UInt8](found.value), revision: found.modRevision)
    }
}

extension Change {
    init(_ event: Mvccpb_Event) {
        self.init(
            key: String(decoding: event.kv.key, as: UTF8.self), revision: event.kv.modRevision,
            value: event.type == .delete ? nil : [UInt8](event.kv.value))
    }
}
