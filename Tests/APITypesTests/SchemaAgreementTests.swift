import APIMachinery
import APITypes
import Testing

/// The structs and the schema come from the same tables by different ways and must agree.
@Suite struct SchemaAgreementTests {
    @Test(arguments: ObjectTypes.all.map { $0.gvk })
    func everyFieldSurvives(kind: GroupVersionKind) throws {
        let object = try #require(ObjectTypes.all.first { $0.gvk == kind })
        let schema = try #require(SchemaCatalog.builtin.type(for: kind))
        let sample = SchemaSample.full(schema, kind: kind)
        #expect(try roundTrip(object, sample.json) == text(sample.json))
    }

    @Test(arguments: ObjectTypes.all.map { $0.gvk })
    func anEmptyObjectWritesWhatTheTablesSay(kind: GroupVersionKind) throws {
        let object = try #require(ObjectTypes.all.first { $0.gvk == kind })
        let schema = try #require(SchemaCatalog.builtin.type(for: kind))
        #expect(text(object.init().json) == text(SchemaSample.empty(schema, kind: kind).json))
    }

    @Test func everyObjectIsFoundWhereItSays() throws {
        for object in ObjectTypes.all {
            let info = try #require(SchemaCatalog.builtin.resource(object.resource))
            #expect(info.groupVersionKind == object.gvk)
            #expect(info.isNamespaced == object.isNamespaced)
        }
        #expect(ObjectTypes.all.count > 55)
    }

    private func roundTrip<T: APIObject>(_ type: T.Type, _ json: [UInt8]) throws -> String {
        let object = try T(json: json)
        #expect(try T(json: object.json) == object)
        return text(object.json)
    }

    private func text(_ json: [UInt8]) -> String { String(decoding: json, as: UTF8.self) }
}
