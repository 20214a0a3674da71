import APIMachinery
import Testing

@Suite("Names")
struct NamesTests {
    struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: @Sendable (String) -> [String]
        let good: [String]
        let bad: [String]
    }

    static let rules = [
        Rule(
            testDescription: "label", check: { Names.dns1123Label($0) },
            good: ["a", "1", "a-b", String(repeating: "a", count: 63)],
            bad: ["", "-a", "a-", "A", "a.b", "a_b", "é", String(repeating: "a", count: 64)]),
        Rule(
            testDescription: "subdomain", check: { Names.dns1123Subdomain($0) }, good: ["a", "a.b", "1.2-3.c"],
            bad: ["", ".", "a.", ".a", "a..b", "a.-b", "A.b", String(repeating: "a", count: 254)]),
        Rule(
            testDescription: "underscored", check: { Names.dns1123SubdomainWithUnderscore($0) }, good: ["_a.b_c", "a"],
            bad: ["__a", "a_", "_"]),
        Rule(
            testDescription: "wildcard", check: { Names.wildcardDNS1123Subdomain($0) }, good: ["*.a.b"],
            bad: ["*", "*.*.a", "a.b", "*a.b", "*."]),
        Rule(testDescription: "1035", check: { Names.dns1035Label($0) }, good: ["a1", "a-1"], bad: ["1a", "a.b", ""]),
        Rule(
            testDescription: "label key", check: { Names.labelKey($0) },
            good: ["a", "A_b.c-d", "example.com/A", "1/2", String(repeating: "a", count: 253) + "/b"],
            bad: ["", "/a", "a/", "a/b/c", "A.com/b", "-a", String(repeating: "a", count: 64)]),
        Rule(
            testDescription: "label value", check: { Names.labelValue($0) }, good: ["", "a", "A_b.c-9"],
            bad: ["-a", "a b", String(repeating: "a", count: 64)]),
        Rule(testDescription: "env", check: { Names.envVarName($0) }, good: ["A_b.c-1"], bad: ["", "1a", "..", "a b"]),
        Rule(
            testDescription: "relaxed env", check: { Names.relaxedEnvVarName($0) }, good: ["1 a"],
            bad: ["", "a=b", "é"]),
        Rule(
            testDescription: "config key", check: { Names.configMapKey($0) }, good: ["a.b", ".a"],
            bad: ["", ".", "..", "..a", "a/b"]),
        Rule(
            testDescription: "port", check: { Names.portName($0) }, good: ["http", "1a-b"],
            bad: ["", "1", "a--b", "-a", "A", "aaaaaaaaaaaaaaaa"]),
        Rule(
            testDescription: "path", check: { Names.pathSegment($0) }, good: ["", "a:b"], bad: [".", "..", "a/b", "%"]),
        Rule(testDescription: "percent", check: { Names.percent($0) }, good: ["10%"], bad: ["%", "1", "a%"]),
        Rule(
            testDescription: "ip", check: { Names.ipAddress($0) }, good: ["1.2.3.4", "::1", "2001:db8::1", "::"],
            bad: [
                "", "1.2.3", "1.2.3.256", "01.2.3.4", "::ffff:1.2.3.4", "2001:DB8::1", "0:0:0:0:0:0:0:1", ":::",
                "1::2::3", "fe80::1%eth0", "1:2:3:4:5:6:7:8:9", "+1::",
            ]),
        Rule(
            testDescription: "old ip", check: { Names.legacyIPAddress($0, isStrict: false) },
            good: ["010.2.3.4", "::ffff:1.2.3.4", "2001:DB8:0::1"], bad: ["a", "1.2.3.4.5"]),
        Rule(
            testDescription: "cidr", check: { Names.cidr($0) },
            good: ["10.0.0.0/8", "::/0", "fd00::/64", "1.2.3.4/32"],
            bad: ["10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "fd00:0::/64", "/8", "10.0.0.0/-1"]),
        Rule(
            testDescription: "interface", check: { Names.interfaceAddress($0) }, good: ["10.0.0.7/8", "fd00::7/64"],
            bad: ["10.0.0.7", "fd00:0::7/64"]),
    ]

    @Test(arguments: rules)
    func tellsGoodFromBad(_ rule: Rule) {
        for name in rule.good { #expect(rule.check(name).isEmpty, "\(name)") }
        for name in rule.bad { #expect(!rule.check(name).isEmpty, "\(name)") }
    }

    @Test("messages are upstream's to the letter")
    func messages() {
        #expect(Names.dns1123Label("a.b") == ["must not contain dots"])
        #expect(
            Names.dns1123Subdomain("A") == [
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and"
                    + " must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is"
                    + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ])
        #expect(
            Names.labelValue("a b") == [
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must"
                    + " start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345',"
                    + " regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            ])
        #expect(Names.portNumber(0) == ["must be between 1 and 65535, inclusive"])
    }

    @Test(
        "addresses are written in canonical form",
        arguments: [
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::FFFF:1.2.3.4", "::ffff:1.2.3.4"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("::", "::"), ("1::", "1::"), ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"), ("1.2.3.4", "1.2.3.4"),
            ("::1.2.3.4", "::102:304"),
        ])
    func canonicalAddress(_ text: String, _ expected: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == expected)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test("blocks contain their addresses and no others")
    func blocks() throws {
        let block = try #require(CIDR("10.1.2.3/16"))
        #expect(block.masked.description == "10.1.0.0/16")
        #expect(block.contains(IPAddress(ipv4: 0x0a01_ffff)))
        #expect(!block.contains(IPAddress(ipv4: 0x0a02_0000)))
        #expect(try #require(CIDR("::/0")).contains(#require(IPAddress("fe80::1"))))
        #expect(IPAddress(ipv4: 0xffff_ffff).advanced(by: 1).number == 0)
    }
}
