import Determinism
import MemoryStore
import StoreConformance
import Testing

@Suite("MemoryStore")
struct MemoryStoreTests {
    @Test("conforms", arguments: StoreContract.checks)
    func conforms(_ check: StoreContract.Check) async throws {
        let time = ManualTimekeeper()
        let store = MemoryStore(time: time)
        try await check.run(against: .init(store) { time.advance(by: $0) })
        await store.close()
    }
}
