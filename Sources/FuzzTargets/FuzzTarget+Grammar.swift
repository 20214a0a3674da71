internal import APIMachinery
internal import CEL
internal import RE2

/// The small languages inside of objects and requests: read or refused, and what was read is written so that it means
/// the same.
extension FuzzTarget {
    static let cel = FuzzTarget(
        "cel",
        texts: [
            "self.spec.containers.all(c, c.name != '' && size(c.image) < 10u)", "has(self.a) ? self.a[0] : [1, 2.5][1]",
            "'a,b'.split(',').map(x, x + 'c').join('|').matches('^a+')",
            "duration('1h') + timestamp('2026-01-01T00:00:00Z')",
            "quantity('1.5Gi').isGreaterThan(quantity('1k'))", "url('https://a.b:80/c?d=e#f').getQuery()",
            "ip('::1').family() == 6 && cidr('10.0.0.0/8').containsIP('10.1.1.1')", "semver('1.2.3-a+b').major()",
            "'%s %d %.3f %x %b'.format(['a', 1, 2.0, 255, 3])",
            "optional.of(1).optMap(v, v + 1).orValue(-9223372036854775808)",
            "b'\\xff\\u00e9' == bytes('\\U0001F600') || r'\\d' in {'a': 1, true: null}",
            "[1, 2, 3].transformMap(i, v, i % v)",
            "format.dns1123Label().validate('a-b').hasValue()", "'abc'.find('[a-z]{1,3}(?i:x|y)*?')",
            "-(-9223372036854775808)",
        ],
        tokens: [
            "(", ")", "[", "]", "{", "}", ".", "?", ":", ",", "'", "\"", "\\", " in ", "&&", "||", "!", "-", "+", "*",
            "/", "%",
            "==", "<", "size(", ".all(x, ", ".map(x, ", "self", "int(", "string(", "9223372036854775807", "1e308",
            "0x", "u",
            "r'", "b'", "'''", "//", "\n", "dyn(", "optional.none()", ".?", "[?", "%d", ".format([",
        ]
    ) { text throws in
        // A refusal is as good.
        guard let program = try? environment.compile(text) else { return }
        let activation = CELActivation(["self": CELValue(["a": [1, "x"], "spec": ["containers": [["name": "c"]]]])])
        _ = try? program.evaluate(activation, costLimit: 100_000)
    }

    private static let environment = CELEnvironment.kubernetes.declaring("self", .dyn)

    static let pattern = FuzzTarget(
        "pattern", texts: ["^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "(a|b)*?c{2,5}", "(?i)\\pL+[[:alpha:]]\\x{10ffff}",
        "(?P<n>.)\\Q*\\E"],
        tokens: ["(", ")", "[", "]", "*", "+", "?", "{1,3}", "|", "^", "$", "\\", "\\p{Greek}", "(?:", "(?i", "[^",
            "-", "."]
    ) { text throws in
        guard let pattern = try? RE2Pattern(text) else { return }
        _ = pattern.matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaab \u{e9}\n")
        // Matching takes the product of both lengths, as everywhere.
        _ = pattern.allMatches(in: String(text.prefix(100)), max: 10)
    }

    static let quantity = FuzzTarget(
        "quantity", texts: ["1.5Gi", "100m", "1e3", "-0.001", "9223372036854775807E", "12n", "+1u"],
        tokens: ["m", "Ki", "e", "E", "-", ".", "0000000000", "9"]
    ) { text throws in
        guard let quantity = try? Quantity(parsing: text) else { return }
        try FuzzFinding.check(try Quantity(parsing: quantity.description) == quantity, quantity.description)
    }

    static let labelSelector = FuzzTarget(
        "label-selector", texts: ["a=b,c!=d", "a in (b, c),!d", "x.io/y notin (z)", "n gt 5", "a==b,n<3,m>9"],
        tokens: ["=", "!", ",", "(", ")", " in ", " notin ", "/", "exists", "<", ">"]
    ) { text throws in
        guard let selector = try? Selector(parsing: text) else { return }
        _ = selector.matches(["a": "b", "n": "6"])
        let again = try Selector(parsing: selector.text)
        try FuzzFinding.check(again.text == selector.text, "\(selector.text) becomes \(again.text)")
    }

    static let fieldSelector = FuzzTarget(
        "field-selector", texts: ["metadata.name=a\\,b,status!=c", "a==b", "a=\\\\", "spec.nodeName="],
        tokens: ["=", "!", ",", "\\", "==", "!="]
    ) { text throws in
        guard let selector = try? FieldSelector(parsing: text) else { return }
        let again = try FieldSelector(parsing: selector.text)
        // Requirements are read in the order of their texts, which escapes change.
        try FuzzFinding.check(
            Set(again.requirements) == Set(selector.requirements), "\(selector.text) becomes \(again.text)")
    }

    static let time = FuzzTarget(
        "time", texts: ["2026-01-01T00:00:00Z", "0001-01-01T00:00:00.000000+23:59",
        "9999-12-31T23:59:60.999999999-01:00"],
        tokens: ["T", "Z", "-", "+", ":", ".", "0000"]
    ) { text throws in
        guard let time = try? CalendarTime(parsing: text, .seconds) else { return }
        _ = time.text(.seconds)
    }

    static let duration = FuzzTarget(
        "duration", texts: ["1h2m3.5s", "-1.000000001ms", "100us", "2562047h47m16.854775807s", "0"],
        tokens: ["h", "m", "s", "ms", "µs", "ns", ".", "-", "9"]
    ) { text throws in
        guard let duration = try? DurationText.parse(text) else { return }
        let again = try DurationText.parse(DurationText.text(nanoseconds: duration))
        try FuzzFinding.check(again == duration, DurationText.text(nanoseconds: duration))
    }

    static let address = FuzzTarget(
        "address", texts: ["10.0.0.0/8", "::ffff:1.2.3.4", "fe80::1/64", "1:2:3:4:5:6:7:8", "255.255.255.255"],
        tokens: [":", "::", ".", "/", "0", "ffff"]
    ) { text throws in
        if let address = IPAddress(text) {
            try FuzzFinding.check(IPAddress(address.description) == address, address.description)
        }
        guard let cidr = CIDR(text) else { return }
        try FuzzFinding.check(CIDR(cidr.description) == cidr && cidr.masked.contains(cidr.address), cidr.description)
    }
}
