import Determinism
import KeyValueStore
import SQLiteStore
import StoreConformance
import Testing

@Suite("SQLiteStore")
struct SQLiteStoreTests {
    @Test("conforms, with every key durable", arguments: StoreContract.checks)
    func conforms(_ check: StoreContract.Check) async throws {
        try await examine(check, relaxedPrefixes: ["/registry-of-nobody/"])
    }

    @Test("conforms, with every key relaxed", arguments: StoreContract.checks)
    func conformsWhenRelaxed(_ check: StoreContract.Check) async throws {
        try await examine(check, relaxedPrefixes: ["/registry/"])
    }

    @Test("conforms, with keys on both sides", arguments: StoreContract.checks)
    func conformsOnBothSides(_ check: StoreContract.Check) async throws {
        try await examine(check, relaxedPrefixes: ["/registry/a", "/registry/k2", "/registry/pods/a", "/registry/1/"])
    }

    private func examine(_ check: StoreContract.Check, relaxedPrefixes: [String]) async throws {
        let time = ManualTimekeeper()
        try await withTemporaryDirectory { path in
            let options = SQLiteStoreOptions(relaxedPrefixes: relaxedPrefixes)
            let store = try SQLiteStore(directory: path, options: options, time: time, logger: .silent)
            try await check.run(against: .init(store) { time.advance(by: $0) })
            await store.close()
        }
    }
}
