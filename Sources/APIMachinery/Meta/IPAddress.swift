/// An address of IP version 4 or 6.
package struct IPAddress: Sendable, Hashable {
    package enum Family: String, Sendable {
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"
    }

    package let family: Family
    /// The address as a number; version 4 uses the lower 32 bits.
    package let number: UInt128

    package init(ipv4 number: UInt32) {
        family = .ipv4
        self.number = UInt128(number)
    }

    package init(ipv6 number: UInt128) {
        family = .ipv6
        self.number = number
    }

    /// 4 or 16 bytes in network order; `nil` for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        family = bytes.count == 4 ? .ipv4 : .ipv6
        number = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    package var bitCount: Int { family == .ipv4 ? 32 : 128 }

    /// 4 or 16 bytes in network order.
    package var bytes: [UInt8] {
        stride(from: bitCount - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt128($0)) }
    }

    /// Version 4 inside of version 6: `::ffff:1.2.3.4`.
    package var isMapped: Bool { family == .ipv6 && number >> 32 == 0xffff }

    /// The version 4 address inside of a mapped one; any other address as it is.
    package var unmapped: IPAddress { isMapped ? IPAddress(ipv4: UInt32(truncatingIfNeeded: number)) : self }

    package var isLoopback: Bool {
        let address = unmapped
        return address.family == .ipv4 ? address.number >> 24 == 127 : number == 1
    }
    package var isUnspecified: Bool { unmapped.number == 0 }
    package var isMulticast: Bool {
        let address = unmapped
        return address.family == .ipv4 ? address.number >> 28 == 0xe : number >> 120 == 0xff
    }
    /// 169.254.0.0/16 or fe80::/10.
    package var isLinkLocalUnicast: Bool {
        let address = unmapped
        return address.family == .ipv4 ? address.number >> 16 == 0xa9fe : number >> 118 == 0x3fa
    }
    /// 224.0.0.0/24 or ff02::/16.
    package var isLinkLocalMulticast: Bool {
        let address = unmapped
        return address.family == .ipv4 ? address.number >> 8 == 0xe00000 : (number >> 112) & 0xff0f == 0xff02
    }

    /// The address that many places further; wraps around.
    package func advanced(by distance: UInt128) -> IPAddress {
        family == .ipv4
            ? IPAddress(ipv4: UInt32(truncatingIfNeeded: number &+ distance)) : IPAddress(ipv6: number &+ distance)
    }
}

extension IPAddress: Comparable {
    /// Version 4 comes first.
    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.family == right.family ? left.number < right.number : left.family == .ipv4
    }
}

// MARK: Text

extension IPAddress: CustomStringConvertible {
    /// The canonical form, for version 6 that of RFC 5952.
    package var description: String {
        if family == .ipv4 { return bytes.map(String.init).joined(separator: ".") }
        if isMapped { return "::ffff:\(unmapped)" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: number >> UInt128(112 - 16 * $0)) }
        guard let zeros = IPAddress.longestZeros(groups) else { return IPAddress.joined(groups[...]) }
        return IPAddress.joined(groups[..<zeros.lowerBound]) + "::" + IPAddress.joined(groups[zeros.upperBound...])
    }

    private static func joined(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The first longest run of two or more zero groups.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > best?.count ?? 0 { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }
}

extension IPAddress {
    /// Reads an address without a zone. The API's old fields also take version 4 with leading zeros, read as
    /// decimal: then `allowsLeadingZeros`.
    package init?(_ text: some StringProtocol, allowsLeadingZeros: Bool = false) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let number = IPAddress.ipv6(text, allowsLeadingZeros) else { return nil }
            self.init(ipv6: number)
        } else {
            guard let number = IPAddress.ipv4(text, allowsLeadingZeros) else { return nil }
            self.init(ipv4: number)
        }
    }

    private static func ipv4(_ text: some StringProtocol, _ allowsLeadingZeros: Bool) -> UInt32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard !part.isEmpty, part.count == 1 || allowsLeadingZeros || part.first != UInt8(ascii: "0") else {
                return nil
            }
            var octet: UInt32 = 0
            for byte in part {
                guard (0x30...0x39).contains(byte) else { return nil }
                octet = octet * 10 + UInt32(byte - 0x30)
                guard octet <= 255 else { return nil }
            }
            number = number << 8 | octet
        }
        return number
    }

    private static func ipv6(_ text: some StringProtocol, _ allowsLeadingZeros: Bool) -> UInt128? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        var gap: Int?
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if part.isEmpty {
                // `::` gives one empty part, two at either end of the text.
                if index == 0 {
                    guard parts.count > 2, parts[1].isEmpty else { return nil }
                } else if isLast {
                    guard parts[index - 1].isEmpty else { return nil }
                } else {
                    guard gap == nil else { return nil }
                    gap = groups.count
                }
            } else if isLast, part.utf8.contains(UInt8(ascii: ".")) {
                guard let tail = ipv4(part, allowsLeadingZeros) else { return nil }
                groups += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
            } else {
                guard part.utf8.count <= 4,
                    part.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return groups.reduce(0) { $0 << 16 | UInt128($1) }
    }
}

/// A block of addresses, `10.0.0.0/24`, or an address with the size of its network, `10.0.0.7/24`.
package struct CIDR: Sendable, Hashable, CustomStringConvertible {
    /// As given; may have bits beyond the prefix.
    package let address: IPAddress
    /// In bits.
    package let prefixLength: Int

    /// Traps where the prefix is longer than the address.
    package init(address: IPAddress, prefixLength: Int) {
        precondition((0...address.bitCount).contains(prefixLength), "prefix length \(prefixLength) of \(address)")
        self.address = address
        self.prefixLength = prefixLength
    }

    package init?(_ text: some StringProtocol, allowsLeadingZeros: Bool = false) {
        guard let slash = text.firstIndex(of: "/"),
            let address = IPAddress(text[..<slash], allowsLeadingZeros: allowsLeadingZeros)
        else { return nil }
        let length = text[text.index(after: slash)...]
        guard !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            length.utf8.count == 1 || allowsLeadingZeros || length.utf8.first != UInt8(ascii: "0"),
            let prefixLength = Int(length), prefixLength <= address.bitCount
        else { return nil }
        self.init(address: address, prefixLength: prefixLength)
    }

    /// The block with the bits beyond the prefix cleared.
    package var masked: CIDR {
        let host = UInt128(address.bitCount - prefixLength)
        let number = host == 128 ? 0 : (address.number >> host) << host
        let first = address.family == .ipv4 ? IPAddress(ipv4: UInt32(number)) : IPAddress(ipv6: number)
        return CIDR(address: first, prefixLength: prefixLength)
    }

    package var isMasked: Bool { masked == self }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.family == address.family else { return false }
        let host = UInt128(address.bitCount - prefixLength)
        return host == 128 || other.number >> host == address.number >> host
    }

    package var description: String { "\(address)/\(prefixLength)" }
}
