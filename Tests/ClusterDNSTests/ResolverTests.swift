import APIMachinery
import ClusterDNS
import Testing

@Suite("names of the cluster")
struct ResolverTests {
    let index: NameIndex
    let chain: ResolverChain

    init() throws {
        index = try sampleIndex()
        chain = ResolverChain(ClusterZone(try name("cluster.local")), index)
    }

    /// The answer in words: its records, `nodata`, `nxdomain`, or who else is asked.
    func answer(_ text: String, _ type: RecordType) throws -> [String] {
        switch chain.resolve(DNSQuestion(try name(text), type)) {
        case .elsewhere(let question, let aliases): return aliases.map(\.text) + ["ask \(question.name)"]
        case .answered(let answer):
            #expect(answer.isAuthoritative)
            if answer.code == .serverFailure { return ["failure"] }
            guard answer.code == .nameError || answer.answers.isEmpty else { return answer.answers.map(\.text) }
            #expect(answer.authorities.map(\.type) == [.soa])
            return answer.answers.map(\.text) + [answer.code == .nameError ? "nxdomain" : "nodata"]
        }
    }

    static let cases: [(String, RecordType, [String])] = [
        ("kubernetes.default.svc.cluster.local", .a, ["5 A 10.96.0.1"]),
        ("KUBERNETES.Default.SVC.cluster.LOCAL.", .a, ["5 A 10.96.0.1"]),
        ("kubernetes.default.svc.cluster.local", .aaaa, ["nodata"]),
        ("kubernetes.default.svc.cluster.local", .mx, ["nodata"]),
        ("web.shop.svc.cluster.local", .aaaa, ["5 AAAA fd00::7"]),
        ("web.shop.svc.cluster.local", .any, ["5 A 10.96.0.7", "5 AAAA fd00::7"]),
        ("web.default.svc.cluster.local", .a, ["nxdomain"]),
        ("_https._tcp.kubernetes.default.svc.cluster.local", .srv, [
            "5 SRV 0 100 443 kubernetes.default.svc.cluster.local."
        ]),
        ("_https._udp.kubernetes.default.svc.cluster.local", .srv, ["nxdomain"]),
        ("_tcp.kubernetes.default.svc.cluster.local", .a, ["nodata"]),
        ("_udp.kubernetes.default.svc.cluster.local", .a, ["nxdomain"]),
        ("_.udp.web.shop.svc.cluster.local", .srv, ["nxdomain"]),
        ("db.shop.svc.cluster.local", .a, ["5 A 10.244.1.5", "5 A 10.244.1.6"]),
        ("db-0.db.shop.svc.cluster.local", .a, ["5 A 10.244.1.5"]),
        ("10-244-1-6.db.shop.svc.cluster.local", .a, ["5 A 10.244.1.6"]),
        ("db-0.db.shop.svc.cluster.local", .aaaa, ["nodata"]),
        ("db-2.db.shop.svc.cluster.local", .a, ["nxdomain"]),
        ("_sql._tcp.db.shop.svc.cluster.local", .srv, [
            "5 SRV 0 50 5432 db-0.db.shop.svc.cluster.local.",
            "5 SRV 0 50 5432 10-244-1-6.db.shop.svc.cluster.local.",
        ]),
        ("empty.shop.svc.cluster.local", .a, ["nxdomain"]),
        ("early.shop.svc.cluster.local", .a, ["5 A 10.244.1.8"]),
        ("out.shop.svc.cluster.local", .a, ["5 CNAME www.example.com.", "ask www.example.com."]),
        ("out.shop.svc.cluster.local", .cname, ["5 CNAME www.example.com."]),
        ("in.shop.svc.cluster.local", .a, ["5 CNAME web.shop.svc.cluster.local.", "5 A 10.96.0.7"]),
        ("loop.shop.svc.cluster.local", .a, ["failure"]),
        ("10-244-1-9.shop.pod.cluster.local", .a, ["5 A 10.244.1.9"]),
        ("fd00--9.shop.pod.cluster.local", .aaaa, ["5 AAAA fd00::9"]),
        ("10-244-1-9.nowhere.pod.cluster.local", .a, ["nxdomain"]),
        ("web.shop.pod.cluster.local", .a, ["nxdomain"]),
        ("1.0.96.10.in-addr.arpa", .ptr, ["5 PTR kubernetes.default.svc.cluster.local."]),
        ("5.1.244.10.in-addr.arpa", .ptr, ["5 PTR db-0.db.shop.svc.cluster.local."]),
        ("7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", .ptr, [
            "5 PTR web.shop.svc.cluster.local."
        ]),
        ("9.1.244.10.in-addr.arpa", .ptr, ["ask 9.1.244.10.in-addr.arpa."]),
        ("dns-version.cluster.local", .txt, [#"28800 TXT ["1.1.0"]"#]),
        ("cluster.local", .soa, ["5 SOA ns.dns.cluster.local. 5"]),
        ("cluster.local", .a, ["nodata"]),
        ("svc.cluster.local", .a, ["nodata"]),
        ("shop.svc.cluster.local", .a, ["nodata"]),
        ("nowhere.svc.cluster.local", .a, ["nxdomain"]),
        ("www.cluster.local", .a, ["nxdomain"]),
        ("notcluster.local", .a, ["ask notcluster.local."]),
        ("www.example.com", .a, ["ask www.example.com."]),
    ]

    @Test("each name has its records", arguments: cases)
    func table(_ text: String, _ type: RecordType, _ expected: [String]) throws {
        #expect(try answer(text, type) == expected)
    }

    @Test("what changes in the cluster changes the answers, and nothing is left behind")
    func changes() throws {
        index.set(
            NamedSlice(
                namespace: "shop", name: "db-2", serviceName: "db", endpoints: [.init([try address("10.244.2.1")])]))
        #expect(try answer("db.shop.svc.cluster.local", .a).count == 3)
        #expect(try answer("1.2.244.10.in-addr.arpa", .ptr) == ["5 PTR 10-244-2-1.db.shop.svc.cluster.local."])
        index.removeSlice(namespace: "shop", serviceName: "db", name: "db-1")
        #expect(try answer("db.shop.svc.cluster.local", .a) == ["5 A 10.244.2.1"])
        index.removeService(namespace: "shop", name: "db")
        #expect(try answer("db.shop.svc.cluster.local", .a) == ["nxdomain"])
        #expect(try answer("1.2.244.10.in-addr.arpa", .ptr) == ["ask 1.2.244.10.in-addr.arpa."])
        index.set(NamedService(namespace: "shop", name: "db", target: .clusterIPs([try address("10.96.0.9")])))
        #expect(try answer("db.shop.svc.cluster.local", .a) == ["5 A 10.96.0.9"])
    }
}
