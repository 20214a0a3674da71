internal import KeyValueStore

extension StoreContract {
    private static let short = Duration.seconds(1)
    private static let long = Duration.seconds(3_600)

    static let expiring: [Check] = [
        Check("a key with a time to live is removed, and its watchers hear of it") { subject in
            let revision = try await subject.store.create(subject.key("a"), [1], timeToLive: short)
            try await subject.create("stays")
            let recorder = try await subject.record("a", after: revision)
            await subject.letTimePass(short)
            try await recorder.wait(for: 1)
            try expectEqual(recorder.changes.map(\.value), [nil], "the change")
            try expectEqual(try await subject.text("a"), nil, "get")
            try expectEqual(subject.names(try await subject.list()), ["stays"], "list")
            try await subject.create("a", "again")
        },
        Check("an update sets the time to live anew, or takes it away") { subject in
            let store = subject.store
            for name in ["extended", "freed"] {
                let first = try await store.create(subject.key(name), [1], timeToLive: short)
                let timeToLive = name == "freed" ? nil : long
                _ = try await store.update(subject.key(name), ifAt: first, to: [2], timeToLive: timeToLive)
            }
            let first = try await subject.create("bounded")
            let second = try await store.update(subject.key("bounded"), ifAt: first, to: [2], timeToLive: short)
            let recorder = try await subject.record("bounded", after: second)
            await subject.letTimePass(short)
            try await recorder.wait(for: 1)
            try expectEqual(subject.names(try await subject.list()), ["extended", "freed"], "what is left")
        },
        Check("a key removed before its time and created again does not inherit it") { subject in
            _ = try await subject.store.create(subject.key("a"), [1], timeToLive: short)
            try await subject.delete("a")
            try await subject.create("a", "again")
            let canary = try await subject.store.create(subject.key("canary"), [1], timeToLive: short)
            let recorder = try await subject.record("canary", after: canary)
            await subject.letTimePass(short)
            try await recorder.wait(for: 1)
            try expectEqual(try await subject.text("a"), "again", "get")
        },
    ]
}
