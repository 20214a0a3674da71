package import APIMachinery

/// What must hold for requests for certificates (`certificates/validation`).
package enum SigningRequestRules {
    private static let secondsMin: Int64 = 600
    private static let legacySigner = "kubernetes.io/legacy-unknown"
    private static let decisions = ["Approved", "Denied"]
    private static let usages: Set<String> = [
        "signing", "digital signature", "content commitment", "key encipherment", "key agreement", "data encipherment",
        "cert sign", "crl sign", "encipher only", "decipher only", "any", "server auth", "client auth", "code signing",
        "email protection", "s/mime", "ipsec end system", "ipsec tunnel", "ipsec user", "timestamping",
        "ocsp signing", "microsoft sgc", "netscape sgc",
    ]

    /// By which way a request changes, each of which may set something else.
    package enum Way: Sendable {
        case main
        case status
        case approval
    }

    package static func creation(_ object: Value) -> [FieldError] {
        Findings.of { check(FieldView(object), from: nil, &$0) }
    }

    /// - old: faults that it has already are let be.
    private static func check(_ request: FieldView, from old: FieldView?, _ findings: inout Findings) {
        let spec = request["spec"]
        let pem = text(of: spec["request"])
        if PEMBlock.all(in: pem).first?.type != "CERTIFICATE REQUEST" {
            findings.add(spec["request"].invalid("PEM block type must be CERTIFICATE REQUEST"))
        }
        checkUsages(spec["usages"], old.map { $0["spec"]["usages"] }, &findings)
        if spec["signerName"].text == legacySigner, old.map({ $0["spec"]["signerName"].text }) != legacySigner {
            findings.add(spec["signerName"].invalid("the legacy signerName is not allowed via this API version"))
        } else {
            findings.signerName(spec["signerName"])
        }
        if let seconds = spec["expirationSeconds"].number, seconds < secondsMin {
            findings.add(
                spec["expirationSeconds"].invalid("may not specify a duration less than 600 seconds (10 minutes)"))
        }
        checkConditions(request["status"]["conditions"], old.map { $0["status"]["conditions"] }, &findings)
        let certificate = request["status"]["certificate"]
        let was = old.map { $0["status"]["certificate"] }
        if let was, was.text == certificate.text || fault(of: was) != nil { return }
        if let fault = fault(of: certificate) { findings.add(certificate.invalid("<certificate data>", fault)) }
    }

    private static func text(of view: FieldView) -> String {
        String(decoding: Base64.decode(Array(view.text.utf8)) ?? [], as: UTF8.self)
    }

    private static func checkUsages(_ list: FieldView, _ old: FieldView?, _ findings: inout Findings) {
        if list.isEmpty { findings.add(list.required()) }
        let before = old?.texts ?? []
        if before.allSatisfy(usages.contains) {
            for usage in list.items where !usages.contains(usage.text) {
                findings.add(usage.notSupported(usages.sorted()))
            }
        }
        guard Set(before).count == before.count else { return }
        var seen: Set<String> = []
        for usage in list.items where !seen.insert(usage.text).inserted { findings.add(usage.duplicate()) }
    }

    /// What is wrong with a certificate that was issued; `nil` for one that is well, or not there yet.
    private static func fault(of certificate: FieldView) -> String? {
        let pem = text(of: certificate)
        guard !pem.isEmpty else { return nil }
        let blocks = PEMBlock.all(in: pem)
        for block in blocks {
            if block.type != "CERTIFICATE" { return "only CERTIFICATE PEM blocks are allowed, found \"\(block.type)\"" }
            if block.hasHeaders { return "no PEM block headers are permitted" }
            if !block.holdsSequences { return "x509: malformed certificate" }
            if block.bytes.isEmpty { return "found CERTIFICATE PEM block containing 0 certificates" }
        }
        return blocks.isEmpty ? "must contain at least one CERTIFICATE PEM block" : nil
    }

    // MARK: Conditions

    private static func types(_ conditions: FieldView?) -> [String] {
        conditions?.items.map { $0["type"].text } ?? []
    }

    private static func checkConditions(_ list: FieldView, _ old: FieldView?, _ findings: inout Findings) {
        let before = types(old)
        let wasTwofold = Set(before).count < before.count
        let wasBoth = decisions.allSatisfy(before.contains)
        var seen: Set<String> = []
        for condition in list.items {
            let type = condition["type"]
            if type.isEmpty, !before.contains("") { findings.add(type.required()) }
            let isFinal = decisions.contains(type.text) || type.text == "Failed"
            findings.choice(condition["status"], isFinal ? ["True"] : ["False", "True", "Unknown"])
            let others = decisions.contains(type.text) ? decisions.filter { $0 != type.text } : []
            if !wasBoth, others.contains(where: seen.contains) {
                findings.add(list.invalid(type.text, "Approved and Denied conditions are mutually exclusive"))
            }
            if !seen.insert(type.text).inserted, !wasTwofold { findings.add(type.orEmpty.duplicate()) }
        }
    }

    // MARK: Changes

    package static func update(_ object: Value, from old: Value, by way: Way) -> [FieldError] {
        Findings.of { findings in
            let (request, before) = (FieldView(object), FieldView(old))
            check(request, from: before, &findings)
            let (list, was) = (request["status"]["conditions"], before["status"]["conditions"])
            let of = { (type: String, list: FieldView) in
                list.items.filter { $0["type"].text == type }.compactMap(\.value)
            }
            for type in decisions + ["Failed"] where of(type, list).count < of(type, was).count {
                findings.add(list.forbidden("updates may not remove a condition of type \"\(type)\""))
            }
            if way != .approval {
                for type in decisions { checkDecision(type, list, of(type, list), of(type, was), &findings) }
            }
            let (certificate, issued) = (request["status"]["certificate"], before["status"]["certificate"])
            guard certificate.text != issued.text else { return }
            if way != .status {
                findings.add(certificate.forbidden("updates may not set certificate content"))
            } else if !issued.isEmpty {
                findings.add(certificate.forbidden("updates may not modify existing certificate content"))
            }
        }
    }

    private static func checkDecision(
        _ type: String, _ list: FieldView, _ now: [Value], _ was: [Value], _ findings: inout Findings
    ) {
        if now.count > was.count {
            findings.add(list.forbidden("updates may not add a condition of type \"\(type)\""))
        } else if now.count == was.count, now != was {
            findings.add(
                list.forbidden(
                    "updates may not modify a condition of type \"\(type)\"\n"
                        + ValueDiff.text(.array(was), .array(now))))
        }
    }
}

extension Findings {
    private static let domainMax = 253
    /// A domain, and the names of a namespace and of an object in it.
    private static let signerNameMax = 253 + 1 + 253 + 63 + 1

    /// Who signs: `example.com/some.name`.
    mutating func signerName(_ view: FieldView) {
        guard !view.isEmpty else { return add(view.required()) }
        let segments = view.text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard segments.count == 2 else {
            return add(
                view.invalid("must be a fully qualified domain and path of the form 'example.com/signer-name'"))
        }
        if segments[0].utf8.count > Self.domainMax { add(view.tooLong(Self.domainMax)) }
        let labels = signerLabels(view, segments[0]) { Names.dns1123Label($0) }
        if labels < 2 {
            add(view.invalid(segments[0], "should be a domain with at least two segments separated by dots"))
        }
        _ = signerLabels(view, segments[1]) { Names.dns1123Subdomain($0) }
        if view.text.utf8.count > Self.signerNameMax { add(view.tooLong(Self.signerNameMax)) }
    }

    /// - Returns: how many labels there are; the first that is wrong is told.
    private mutating func signerLabels(_ view: FieldView, _ segment: String, _ rule: (String) -> [String]) -> Int {
        let labels = segment.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if let wrong = labels.first(where: { !rule($0).isEmpty }) {
            for message in rule(wrong) { add(view.invalid(segment, "validating label \"\(wrong)\": \(message)")) }
        }
        return labels.count
    }
}
