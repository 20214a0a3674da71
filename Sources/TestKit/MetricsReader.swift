/// Reads a page of metrics strictly: whatever breaks Prometheus' text format, or contradicts itself, is an error.
package enum MetricsReader {
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    package struct Sample: Sendable, Equatable {
        package let name: String
        package let labels: [String: String]
        package let value: Double
    }

    package struct Family: Sendable {
        package let kind: String
        package var help = ""
        package var samples: [Sample] = []

        /// The sum of all samples of a name that have these labels.
        package func sum(_ labels: [String: String] = [:], suffix: String = "") -> Double {
            samples.filter { sample in
                sample.name.hasSuffix(suffix) && labels.allSatisfy { sample.labels[$0.key] == $0.value }
            }.map(\.value).reduce(0, +)
        }
    }

    package static func read(_ text: String) throws -> [String: Family] {
        guard text.isEmpty || text.utf8.last == UInt8(ascii: "\n") else {
            throw Problem(description: "no last line end")
        }
        var families: [String: Family] = [:]
        var helps: [String: String] = [:]
        var current = ""
        var seen: Set<Substring> = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            if line.hasPrefix("# HELP ") {
                guard words.count == 4, helps[words[2]] == nil else { throw Problem(description: String(line)) }
                helps[words[2]] = words[3]
            } else if line.hasPrefix("# TYPE ") {
                guard words.count == 4, families[words[2]] == nil,
                    ["counter", "gauge", "histogram"].contains(words[3])
                else { throw Problem(description: String(line)) }
                current = words[2]
                families[current] = Family(kind: words[3], help: helps[current] ?? "")
            } else {
                let sample = try sample(line)
                // Labels are sorted, so the same ones look the same.
                guard let kind = families[current]?.kind, belongs(sample.name, to: current, kind),
                    seen.insert(line[..<(line.lastIndex(of: " ") ?? line.endIndex)]).inserted
                else { throw Problem(description: "out of place: \(line)") }
                families[current]?.samples.append(sample)
            }
        }
        for (name, family) in families where family.kind == "histogram" { try check(name, family) }
        return families
    }

    private static func belongs(_ name: String, to family: String, _ kind: String) -> Bool {
        guard kind == "histogram" else { return name == family }
        return ["_bucket", "_sum", "_count"].contains { name == family + $0 }
    }

    private static func sample(_ line: Substring) throws -> Sample {
        var rest = line
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let (label, value) = try label(&rest)
                guard labels.updateValue(value, forKey: label) == nil else { throw Problem(description: String(line)) }
                if rest.first == "," { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
        }
        guard !name.isEmpty, rest.first == " ", let value = number(rest.dropFirst()) else {
            throw Problem(description: "no sample: \(line)")
        }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private static func label(_ rest: inout Substring) throws -> (String, String) {
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        rest = rest.dropFirst(name.count)
        guard !name.isEmpty, rest.hasPrefix("=\"") else { throw Problem(description: "no label: \(rest)") }
        rest = rest.dropFirst(2)
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            guard character == "\\" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": value.append("\n")
            case "\\": value.append("\\")
            case "\"": value.append("\"")
            case _: throw Problem(description: "a wrong escape in \(name)")
            }
        }
        return (String(name), value)
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        case _: Double(text)
        }
    }

    /// Buckets must not fall, must end with +Inf, and that must be the count.
    private static func check(_ name: String, _ family: Family) throws {
        var series: [[String: String]: [(bound: Double, count: Double)]] = [:]
        for sample in family.samples where sample.name == name + "_bucket" {
            var labels = sample.labels
            guard let bound = labels.removeValue(forKey: "le").flatMap({ number($0[...]) }) else {
                throw Problem(description: "\(name): a bucket without a bound")
            }
            if let last = series[labels]?.last, last.bound >= bound || last.count > sample.value {
                throw Problem(description: "\(name)\(labels): buckets out of order")
            }
            series[labels, default: []].append((bound, sample.value))
        }
        var counts: [[String: String]: Double] = [:]
        var sums: Set<[String: String]> = []
        for sample in family.samples {
            if sample.name == name + "_count" { counts[sample.labels] = sample.value }
            if sample.name == name + "_sum" { sums.insert(sample.labels) }
        }
        for (labels, buckets) in series {
            guard buckets.last?.bound == .infinity, buckets.last?.count == counts[labels], sums.contains(labels) else {
                throw Problem(description: "\(name)\(labels): no whole histogram")
            }
        }
    }
}
