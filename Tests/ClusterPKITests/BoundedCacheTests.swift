import ClusterPKI
import Testing

@Suite("BoundedCache")
struct BoundedCacheTests {
    @Test func keepsWhatIsUsedAndNeverGrows() {
        var cache = BoundedCache<Int, Int>(limit: 100)
        cache.store(-1, for: -1)
        for number in 0..<10_000 {
            cache.store(number, for: number)
            #expect(cache.find(-1) == -1)
            #expect(cache.count <= 100)
        }
        #expect(cache.find(0) == nil)
        #expect(cache.find(9999) == 9999)
        cache.remove(9999)
        #expect(cache.find(9999) == nil)
    }
}
