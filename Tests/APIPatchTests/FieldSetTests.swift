import APIMachinery
import APIPatch
import Determinism
import Testing

@Suite("Field sets")
struct FieldSetTests {
    static let spec = PathElement.field("spec")
    static let item = "k:{\"name\":\"a\"}"

    @Test("FieldsV1 is read as upstream means it")
    func readsFieldsV1() throws {
        let json = """
            {"f:metadata":{"f:finalizers":{"v:\\"x/y\\"":{}},"f:labels":{".":{},"f:app":{}}},\
            "f:spec":{"f:ports":{"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:name":{}}}}}
            """
        let set = try FieldSet(fieldsV1: Value(json: json))
        #expect(
            set.paths == [
                ".metadata.labels", ".metadata.finalizers[=\"x/y\"]", ".metadata.labels.app",
                ".spec.ports[containerPort=80,protocol=\"TCP\"]", ".spec.ports[containerPort=80,protocol=\"TCP\"].name",
            ])
        #expect(String(decoding: set.fieldsV1.json, as: UTF8.self) == json)
    }

    @Test("what is no path element is refused")
    func refusesNonsense() {
        #expect(throws: PatchError.self) { try FieldSet(fieldsV1: ["spec": [:]]) }
    }

    @Test("membership, union, intersection and difference")
    func algebra() {
        var all = FieldSet()
        all.insert([Self.spec])
        all.insert([Self.spec, Self.item])
        all.insert([Self.spec, Self.item, "f:image"])
        var item = FieldSet()
        item.insert([Self.spec, Self.item])

        #expect(all.contains([Self.spec, Self.item]))
        #expect(!item.contains([Self.spec]))
        #expect(all.union(item) == all)
        #expect(item.union(all) == all)
        #expect(all.intersection(item) == item)
        #expect(item.subtracting(all).isEmpty)
        #expect(all.subtracting(item).paths == [".spec", ".spec[name=\"a\"].image"])
        #expect(all.subtractingRecursively(item).paths == [".spec"])
        #expect(item.filtered(by: [[Self.spec, nil]]) == item)
        #expect(all.filtered(by: [[Self.spec, nil, "f:image"]]).paths == [".spec[name=\"a\"].image"])
    }

    @Test("the laws of sets hold for random sets", arguments: 0..<50 as Range<UInt64>)
    func laws(seed: UInt64) {
        let random = SeededRandomSource(seed: seed)
        func randomSet() -> FieldSet {
            var set = FieldSet()
            for _ in 0..<random.below(12) {
                set.insert((0...random.below(3)).map { _ in PathElement.field(["a", "b", "c"][random.below(3)]) })
            }
            return set
        }
        let (a, b, c) = (randomSet(), randomSet(), randomSet())
        #expect(a.subtracting(b).union(a.intersection(b)) == a)
        #expect(a.subtracting(b).intersection(b).isEmpty)
        #expect(a.union(b) == b.union(a))
        #expect(a.intersection(b) == b.intersection(a))
        #expect(a.subtracting(b).subtracting(c) == a.subtracting(b.union(c)))
        #expect(a.intersection(b.union(c)) == a.intersection(b).union(a.intersection(c)))
        #expect(a.subtractingRecursively(b).subtracting(a).isEmpty)
        #expect(Set(a.union(b).paths) == Set(a.paths).union(b.paths))
    }
}
