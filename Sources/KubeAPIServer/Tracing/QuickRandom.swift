package import Determinism
internal import Synchronization

/// Numbers for names that are no secrets. Chance decides where the row begins, and each follows from its place
/// (SplitMix64): every request needs some, and asking the kernel takes longer.
package final class QuickRandom: RandomSource {
    private let place: Atomic<UInt64>

    package init(_ random: any RandomSource) { place = Atomic(random.next()) }

    package func next() -> UInt64 {
        var mixed = place.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
