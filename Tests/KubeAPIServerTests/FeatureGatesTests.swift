import KubeAPIServer
import Testing

@Suite("FeatureGates")
struct FeatureGatesTests {
    @Test(
        "gates are read as upstream reads them",
        arguments: [
            ("", false), ("CBORServingAndStorage=true", true), (" CBORServingAndStorage = T ", true),
            ("CBORServingAndStorage=true,CBORServingAndStorage=0", false), ("AllAlpha=true", true),
            ("CBORServingAndStorage=false,AllAlpha=true", false), ("AllBeta=true", false),
        ])
    func parsing(_ text: String, _ isOn: Bool) throws {
        #expect(try FeatureGates(parsing: text)[.cborServingAndStorage] == isOn)
    }

    @Test(
        "what is beta is on unless it is turned off",
        arguments: [
            ("", true), ("AllAlpha=false", true), ("AllBeta=false", false), ("APIResponseCompression=false", false),
            ("AllBeta=false,APIResponseCompression=true", true),
        ])
    func beta(_ text: String, _ isOn: Bool) throws {
        #expect(try FeatureGates(parsing: text)[.apiResponseCompression] == isOn)
    }

    @Test(
        "what is no gate is refused in upstream's words",
        arguments: [
            ("CBORServingAndStorage", "missing bool value for CBORServingAndStorage"),
            (
                "CBORServingAndStorage=yes",
                "invalid value of CBORServingAndStorage=yes, err: strconv.ParseBool: parsing \"yes\": invalid syntax"
            ), ("Nothing=true", "unrecognized feature gate: Nothing"),
        ])
    func refusal(_ text: String, _ message: String) {
        #expect { try FeatureGates(parsing: text) } throws: { ($0 as? ConfigurationError)?.message == message }
    }

    @Test(
        "CBOR is spoken only behind its gate",
        arguments: [
            ("application/cbor", false, nil), ("application/cbor", true, "application/cbor"),
            ("application/cbor, application/json", false, "application/json"),
            ("application/cbor;as=Table;g=meta.k8s.io;v=v1, application/json", true, "application/cbor"),
        ] as [(String, Bool, String?)])
    func negotiation(_ accept: String, _ isOn: Bool, _ type: String?) throws {
        let gates = try FeatureGates(parsing: "CBORServingAndStorage=\(isOn)")
        #expect(NegotiatedType.negotiate(accept: accept, gates)?.encoding.rawValue == type)
        #expect(NegotiatedType.supported(gates).contains("application/cbor") == isOn)
    }
}
