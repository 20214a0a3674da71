/// Rules for addresses in fields, from apimachinery's `util/validation/ip.go`.
extension Names {
    /// An address in canonical form, for fields made since the rules became strict.
    package static func ipAddress(_ value: String) -> [String] {
        let faults = legacyIPAddress(value)
        guard faults.isEmpty, let address = IPAddress(value), address.description != value else { return faults }
        return ["must be in canonical form (\"\(address)\")"]
    }

    /// An address for the older fields, which take any unambiguous form; not strict: leading zeros and mapped
    /// addresses, too.
    package static func legacyIPAddress(_ value: String, isStrict: Bool = true) -> [String] {
        guard let address = IPAddress(value, allowsLeadingZeros: true) else {
            return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
        }
        guard isStrict else { return [] }
        guard IPAddress(value) != nil else { return ["must not have leading 0s"] }
        return address.isMapped ? ["must not be an IPv4-mapped IPv6 address"] : []
    }

    /// A block in canonical form, `10.0.0.0/24`.
    package static func cidr(_ value: String) -> [String] {
        let faults = legacyCIDR(value)
        guard faults.isEmpty, let block = CIDR(value), block.description != value else { return faults }
        return ["must be in canonical form (\"\(block)\")"]
    }

    package static func legacyCIDR(_ value: String, isStrict: Bool = true) -> [String] {
        guard CIDR(value, allowsLeadingZeros: true) != nil else {
            return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
        }
        guard isStrict else { return [] }
        guard let block = CIDR(value) else { return ["must not have leading 0s in IP or prefix length"] }
        if block.address.isMapped { return ["must not have an IPv4-mapped IPv6 address"] }
        return block.isMasked ? [] : ["must not have bits set beyond the prefix length"]
    }

    /// A whole address with the size of its network, `10.0.0.7/24`.
    package static func interfaceAddress(_ value: String) -> [String] {
        guard let block = CIDR(value, allowsLeadingZeros: true) else {
            return ["must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"]
        }
        var length = block.prefixLength
        if block.address.isMapped, length > 32 { length -= 96 }
        let canonical = "\(block.address.unmapped)/\(length)"
        return value == canonical ? [] : ["must be in canonical form (\"\(canonical)\")"]
    }

    /// The warning for an address that a strict field would refuse; `nil` when there is none to give.
    package static func ipAddressWarning(_ field: String, _ value: String) -> String? {
        guard let address = IPAddress(value, allowsLeadingZeros: true) else { return nil }
        if IPAddress(value) == nil || address.isMapped {
            return "\(field): non-standard IP address \"\(value)\" is invalid: use \"\(address.unmapped)\""
        }
        guard address.family == .ipv6, address.description != value else { return nil }
        return "\(field): IPv6 address \"\(value)\" should be in RFC 5952 canonical format (\"\(address)\")"
    }

    package static func cidrWarnings(_ field: String, _ value: String) -> [String] {
        guard let block = CIDR(value, allowsLeadingZeros: true) else { return [] }
        var warnings: [String] = []
        if !block.isMasked {
            let single = "\(block.address.unmapped)/\(block.address.bitCount)"
            warnings.append(
                "\(field): CIDR value \"\(value)\" is ambiguous in this context"
                    + " (should be \"\(block.masked)\" or \"\(single)\"?)")
        }
        if CIDR(value) == nil || block.address.isMapped {
            warnings.append("\(field): non-standard CIDR value \"\(value)\" is invalid: use \"\(block.masked)\"")
        }
        if warnings.isEmpty, block.address.family == .ipv6, block.description != value {
            warnings.append(
                "\(field): IPv6 CIDR value \"\(value)\" should be in RFC 5952 canonical format (\"\(block)\")")
        }
        return warnings
    }
}
