/// `$(NAME)` in commands, arguments and values of variables (upstream's `third_party/forked/golang/expansion`).
package enum VariableExpansion {
    /// Replaces each `$(NAME)` that `lookup` knows; leaves others as they are; `$$` is a dollar sign.
    package static func expand(_ text: String, _ lookup: (String) -> String?) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
                result.append(bytes[index])
                index += 1
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "$"):
                result.append(UInt8(ascii: "$"))
                index += 2
            case UInt8(ascii: "("):
                guard let end = bytes[(index + 2)...].firstIndex(of: UInt8(ascii: ")")) else {
                    result.append(contentsOf: bytes[index...(index + 1)])
                    index += 2
                    continue
                }
                let name = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
                result.append(contentsOf: (lookup(name) ?? "$(\(name))").utf8)
                index = end + 1
            default:
                result.append(contentsOf: bytes[index...(index + 1)])
                index += 2
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Replaces every reference, and names those that nothing is known of (for `subPathExpr`).
    package static func expandStrictly(_ text: String, _ lookup: (String) -> String?) -> (String, missing: [String]) {
        var missing: [String] = []
        let result = expand(text) { name in
            let value = lookup(name)
            if value == nil { missing.append(name) }
            return value
        }
        return (result, missing)
    }
}
