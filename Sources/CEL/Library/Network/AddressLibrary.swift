internal import APIMachinery

/// IP addresses and blocks of them.
enum AddressLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        library.add(type: .opaque("net.IP", []), named: "net.IP")
        library.add(type: .opaque("net.CIDR", []), named: "net.CIDR")
        addAddresses(&library)
        addBlocks(&library)
        addContainment(&library)
        return library
    }()

    // MARK: Addresses

    private static func addAddresses(_ library: inout CELLibrary) {
        library.global(
            "ip", "string_to_ip", "(string) -> net.IP",
            .unary { text throws(CELEvaluationError) in .object(IPObject(address: try address(try text.string()))) })
        library.global(
            "isIP", "is_ip", "(string) -> bool",
            .unary { text throws(CELEvaluationError) in
                let text = try text.string()
                // Only whether it can be read is asked.
                return .bool((try? address(text)) != nil)
            })
        library.global(
            "ip.isCanonical", "ip_is_canonical", "(string) -> bool",
            .unary { text throws(CELEvaluationError) in
                let text = try text.string()
                return .bool(try address(text).description == text)
            })
        library.global(
            "string", "ip_to_string", "(net.IP) -> string",
            .unary { value throws(CELEvaluationError) in .string(try value.address().description) })
        library.member(
            "family", "ip_family", "(net.IP) -> int",
            .unary { value throws(CELEvaluationError) in .int(try value.address().family == .ipv4 ? 4 : 6) })
        let tests: [(String, String, @Sendable (IPAddress) -> Bool)] = [
            ("isUnspecified", "ip_is_unspecified", { $0.isUnspecified }),
            ("isLoopback", "ip_is_loopback", { $0.isLoopback }),
            ("isLinkLocalMulticast", "ip_is_link_local_multicast", { $0.isLinkLocalMulticast }),
            ("isLinkLocalUnicast", "ip_is_link_local_unicast", { $0.isLinkLocalUnicast }),
            (
                "isGlobalUnicast", "ip_is_global_unicast",
                {
                    let isBroadcast = $0.family == .ipv4 && $0.number == 0xFFFF_FFFF
                    return !isBroadcast && !$0.isUnspecified && !$0.isLoopback && !$0.isMulticast
                        && !$0.isLinkLocalUnicast
                }
            ),
        ]
        for (function, id, test) in tests {
            library.member(
                function, id, "(net.IP) -> bool",
                .unary { value throws(CELEvaluationError) in .bool(test(try value.address())) })
        }
    }

    static func address(_ text: String) throws(CELEvaluationError) -> IPAddress {
        if text.contains("%"), IPAddress(text.prefix { $0 != "%" }) != nil {
            throw CELEvaluationError("IP address \(GoText.quote(text)) with zone value is not allowed")
        }
        guard let address = IPAddress(text) else {
            let reason = "ParseAddr(\(GoText.quote(text))): \(reason(text))"
            throw CELEvaluationError(
                "IP Address \(GoText.quote(text)) parse error during conversion from string: \(reason)")
        }
        guard !address.isMapped else {
            throw CELEvaluationError("IPv4-mapped IPv6 address \(GoText.quote(text)) is not allowed")
        }
        return address
    }

    /// What Go's netip says.
    private static func reason(_ text: String) -> String {
        guard text.contains("."), !text.contains(":") else { return "unable to parse IP" }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        for part in parts {
            if part.contains(where: { !("0"..."9").contains($0) }) {
                return "unexpected character (at \(GoText.quote(String(part))))"
            }
            if part.isEmpty { return "IPv4 field must have at least one digit (at \(GoText.quote(text)))" }
            if part.count > 1, part.hasPrefix("0") { return "IPv4 field has octet with leading zero" }
            if Int(part) ?? 256 > 255 { return "IPv4 field has value >255" }
        }
        return parts.count < 4 ? "IPv4 address too short" : "IPv4 address too long"
    }

    // MARK: Blocks

    private static func addBlocks(_ library: inout CELLibrary) {
        library.global(
            "cidr", "string_to_cidr", "(string) -> net.CIDR",
            .unary { text throws(CELEvaluationError) in .object(CIDRObject(block: try block(try text.string()))) })
        library.global(
            "isCIDR", "is_cidr", "(string) -> bool",
            .unary { text throws(CELEvaluationError) in
                let text = try text.string()
                // Only whether it can be read is asked.
                return .bool((try? block(text)) != nil)
            })
        library.global(
            "string", "cidr_to_string", "(net.CIDR) -> string",
            .unary { value throws(CELEvaluationError) in .string(try value.block().description) })
        library.member(
            "ip", "cidr_ip", "(net.CIDR) -> net.IP",
            .unary { value throws(CELEvaluationError) in .object(IPObject(address: try value.block().address)) })
        library.member(
            "prefixLength", "cidr_prefix_length", "(net.CIDR) -> int",
            .unary { value throws(CELEvaluationError) in .int(Int64(try value.block().prefixLength)) })
        library.member(
            "masked", "cidr_masked", "(net.CIDR) -> net.CIDR",
            .unary { value throws(CELEvaluationError) in .object(CIDRObject(block: try value.block().masked)) })
    }

    static func block(_ text: String) throws(CELEvaluationError) -> CIDR {
        let prefix = "network address parse error during conversion from string: "
        guard let block = CIDR(text) else {
            let reason = text.contains("/") ? "unable to parse" : "no '/'"
            throw CELEvaluationError(
                "\(prefix)network address parse error during conversion from string: netip.ParsePrefix("
                    + "\(GoText.quote(text))): \(reason)")
        }
        guard !block.address.isMapped else {
            throw CELEvaluationError("\(prefix)IPv4-mapped IPv6 address \(GoText.quote(text)) is not allowed")
        }
        return block
    }

    private static func addContainment(_ library: inout CELLibrary) {
        library.member(
            "containsIP", "cidr_contains_ip_string", "(net.CIDR, string) -> bool",
            .binary { block, text throws(CELEvaluationError) in
                .bool(try block.block().contains(try address(try text.string())))
            })
        library.member(
            "containsIP", "cidr_contains_ip_ip", "(net.CIDR, net.IP) -> bool",
            .binary { block, other throws(CELEvaluationError) in
                .bool(try block.block().contains(try other.address()))
            })
        library.member(
            "containsCIDR", "cidr_contains_cidr_string", "(net.CIDR, string) -> bool",
            .binary { one, text throws(CELEvaluationError) in
                .bool(contains(try one.block(), try block(try text.string())))
            })
        library.member(
            "containsCIDR", "cidr_contains_cidr", "(net.CIDR, net.CIDR) -> bool",
            .binary { one, other throws(CELEvaluationError) in .bool(contains(try one.block(), try other.block())) })
    }

    private static func contains(_ outer: CIDR, _ inner: CIDR) -> Bool {
        outer.prefixLength <= inner.prefixLength && outer.contains(inner.address)
    }
}

private struct IPObject: CELObject {
    let address: IPAddress
    var type: CELType { .opaque("net.IP", []) }
    var text: String { address.description }
    var size: UInt64 { UInt64(address.bitCount / 8) }
    func isEqual(to other: any CELObject) -> Bool { (other as? IPObject)?.address == address }
}

private struct CIDRObject: CELObject {
    let block: CIDR
    var type: CELType { .opaque("net.CIDR", []) }
    var text: String { block.description }
    var size: UInt64 { UInt64((block.prefixLength + 7) / 8) }
    func isEqual(to other: any CELObject) -> Bool { (other as? CIDRObject)?.block == block }
}

extension CELValue {
    fileprivate func address() throws(CELEvaluationError) -> IPAddress {
        guard case .object(let object) = self, let address = object as? IPObject else { throw .noSuchOverload }
        return address.address
    }

    fileprivate func block() throws(CELEvaluationError) -> CIDR {
        guard case .object(let object) = self, let block = object as? CIDRObject else { throw .noSuchOverload }
        return block.block
    }
}
