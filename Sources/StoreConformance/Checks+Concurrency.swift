internal import KeyValueStore

extension StoreContract {
    static let concurrency: [Check] = [
        Check("increments by many tasks lose nothing") { subject in
            let tasks = 8
            let rounds = 10
            try await subject.create("counter", "0")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<tasks {
                    group.addTask { for _ in 0..<rounds { try await increment("counter", of: subject) } }
                }
                try await group.waitForAll()
            }
            try expectEqual(try await subject.text("counter"), "\(tasks * rounds)", "the counter")
        },
        Check("of many creations of one key exactly one succeeds") { subject in
            let revisions = try await withThrowingTaskGroup(of: Revision?.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        do { return try await subject.create("a", "\(task)") } catch let error as StoreError {
                            try expectEqual(error.code, .keyExists, "create")
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: [Revision]()) { if let one = $1 { $0.append(one) } }
            }
            try expectEqual(revisions.count, 1, "successes")
            try expectEqual(try await subject.store.get(subject.key("a"), at: nil)?.revision, revisions.first, "get")
        },
        Check("revisions of concurrent writes are all different and all watched in order") { subject in
            let start = try await subject.create("start")
            let recorder = try await subject.record(after: start)
            let revisions = try await withThrowingTaskGroup(of: Revision.self) { group in
                for task in 0..<64 { group.addTask { try await subject.create("k\(task)") } }
                return try await group.reduce(into: [Revision]()) { $0.append($1) }
            }
            try expectEqual(Set(revisions).count, 64, "different revisions")
            try expectEqual(try await subject.changes(recorder, 64).map(\.revision), revisions.sorted(), "watched")
            try expectEqual(recorder.violation, nil, "deliveries")
        },
    ]

    /// One read-compare-write, tried again until nobody came between.
    private static func increment(_ name: String, of subject: Subject) async throws {
        while true {
            guard let entry = try await subject.store.get(subject.key(name), at: nil) else {
                throw ContractViolation(description: "the counter is gone")
            }
            let value = Int(String(decoding: entry.value, as: UTF8.self)) ?? -1
            do {
                try await subject.update(name, ifAt: entry.revision, "\(value + 1)")
                return
            } catch let error as StoreError {
                try expectEqual(error.code, .revisionConflict, "update")
            }
        }
    }
}
