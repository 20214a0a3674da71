import APIMachinery
import Determinism
import Testing

@Suite("Quantity")
struct QuantityTests {
    @Test(
        "reads every family and writes its canonical form",
        arguments: [
            ("0", "0"), ("0m", "0"), ("-0", "0"), ("1", "1"), ("100m", "100m"), ("1000m", "1"), ("1500m", "1500m"),
            ("0.5", "500m"), (".5", "500m"), ("1.", "1"), ("1.5", "1500m"), ("1000", "1k"), ("1500", "1500"),
            ("10k", "10k"), ("1000k", "1M"), ("0.1G", "100M"), ("5E", "5E"), ("1Ki", "1Ki"), ("1024Ki", "1Mi"),
            ("1.5Gi", "1536Mi"), ("512Mi", "512Mi"), ("0.5Ki", "512"), ("1.1Ki", "1126400m"), ("0.1Ki", "102400m"),
            ("1000Ki", "1000Ki"), ("1023Ki", "1023Ki"), ("8Ei", "9223372036854775807"), ("1e3", "1e3"),
            ("1500e0", "1500"), ("1.5e3", "1500"), ("1E6", "1e6"), ("1e-3", "1e-3"), ("12e-1", "1200m"), ("1n", "1n"),
            ("0.1n", "1n"), ("1.0000000001", "1000000001n"), ("-1.5", "-1500m"), ("+5", "5"), ("100u", "100u"),
            ("123456789123456789123", "123456789123456789123"), ("-2Gi", "-2Gi"),
        ])
    func canonical(_ text: String, _ canonical: String) throws {
        let quantity = try Quantity(parsing: text)
        // 1.2 in exponents is written as e-3 of a thousand.
        let expected = text == "12e-1" ? "1200e-3" : canonical
        #expect(quantity.text == expected)
        #expect(try Quantity(parsing: quantity.text) == quantity)
    }

    @Test(
        "keeps a text that upstream keeps, and no other",
        arguments: [
            ("1.500", "1.500"), ("+5", "+5"), ("1000", "1k"), ("0.5", "500m"), ("100m", "100m"), ("5Ki", "5Ki"),
            ("1024Mi", "1Gi"), ("0", "0"), ("1e3", "1e3"), ("128974848", "128974848"),
        ])
    func kept(_ text: String, _ expected: String) throws {
        #expect(try Quantity.canonicalText(text) == expected)
    }

    @Test(arguments: [
        ("", QuantityError.format), ("1.1.1", .format), ("1+1.0", .format), ("1 Gi", .format), ("1K", .suffix),
        ("1mi", .suffix), ("1e", .suffix), ("1i", .suffix), ("a", .format), ("1e99", .number), ("0,5", .format),
        ("1e3m", .format),
    ])
    func refuses(_ text: String, _ error: QuantityError) {
        #expect(throws: error) { try Quantity(parsing: text) }
        #expect(Quantity(text) == nil)
    }

    @Test(
        "whole numbers are rounded away from zero",
        arguments: [
            ("1500m", 2, 1500), ("1n", 1, 1), ("-1500m", -2, -1500), ("2Ki", 2048, 2_048_000), ("0", 0, 0),
        ] as [(String, Int64, Int64)])
    func rounds(_ text: String, _ value: Int64, _ milli: Int64) throws {
        let quantity = try Quantity(parsing: text)
        #expect(quantity.value == value)
        #expect(quantity.milliValue == milli)
    }

    @Test("amounts compare and add across families")
    func arithmetic() throws {
        #expect(Quantity.units(1) == Quantity.milli(1000))
        #expect(Quantity("1Gi") == Quantity("1073741824"))
        #expect(try Quantity(parsing: "1G") < Quantity(parsing: "1Gi"))
        #expect((try Quantity(parsing: "1Gi") + Quantity(parsing: "1024Mi")).text == "2Gi")
        #expect((Quantity() + (try Quantity(parsing: "1Gi"))).text == "1Gi")
        #expect((Quantity.milli(1500) - Quantity.units(2)).text == "-500m")
    }

    @Test("what is written reads back", arguments: 1...100 as ClosedRange<UInt64>)
    func roundTrips(_ seed: UInt64) throws {
        let random = SeededRandomSource(seed: seed)
        let number = Int64(random.below(1 << 40))
        for format in [Quantity.Format.decimalSI, .binarySI, .decimalExponent] {
            for quantity in [Quantity.units(number, format: format), .milli(-number, format: format)] {
                #expect(try Quantity(parsing: quantity.text) == quantity)
            }
        }
    }
}
