internal import APIMachinery

/// The formats of texts that schemas may ask for.
package enum StringFormat {
    /// What the server knows; other formats are told of with a warning and not checked.
    package static let known: Set<String> = [
        "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5",
        "isbn", "isbn10", "isbn13", "creditcard", "ssn", "hexcolor", "rgbcolor", "byte", "password", "date", "duration",
        "date-time", "datetime", "int32", "int64", "float", "double", "k8s-short-name", "k8s-long-name",
    ]

    /// Whether a text has the format; `nil` when the format is none that is checked.
    static func isValid(_ text: String, _ format: String) -> Bool? {
        switch format {
        case "ipv4": IPAddress(text)?.family == .ipv4
        case "ipv6": IPAddress(text)?.family == .ipv6
        case "cidr": CIDR(text) != nil
        case "date": isDate(text)
        case "date-time", "datetime": isDateTime(text)
        case "duration": isDuration(text)
        case "byte": Base64.decode(Array(text.utf8)) != nil
        case "mac": isMAC(text)
        case "uuid": isUUID(text, version: nil)
        case "uuid3": isUUID(text, version: "3")
        case "uuid4": isUUID(text, version: "4")
        case "uuid5": isUUID(text, version: "5")
        case "hostname": Names.dns1123Subdomain(text.lowercased()).isEmpty
        case "hexcolor": isHex(text.drop { $0 == "#" }, lengths: [3, 6])
        case "bsonobjectid": isHex(text[...], lengths: [24])
        case "email": isEmail(text)
        case "uri": isURI(text)
        case "k8s-short-name": Names.dns1123Label(text).isEmpty
        case "k8s-long-name": Names.dns1123Subdomain(text).isEmpty
        case _: nil
        }
    }

    private static func isHex(_ text: Substring, lengths: Set<Int>) -> Bool {
        lengths.contains(text.utf8.count) && text.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    }

    private static func isDate(_ text: String) -> Bool {
        text.utf8.count == 10 && isDateTime("\(text)T00:00:00Z")
    }

    private static func isDateTime(_ text: String) -> Bool {
        do {
            _ = try CalendarTime(parsing: text, .seconds)
            return true
        } catch {
            return false
        }
    }

    private static func isDuration(_ text: String) -> Bool {
        do {
            _ = try DurationText.parse(text)
            return true
        } catch {
            // Upstream also takes a number and a word: `3 days`.
            let words = text.split(separator: " ")
            let units = ["second", "minute", "hour", "day", "week", "s", "m", "h", "d", "w", "ms", "us", "ns"]
            return words.count == 2 && Int(words[0]) != nil
                && units.contains { words[1].lowercased() == $0 || words[1].lowercased() == $0 + "s" }
        }
    }

    private static func isMAC(_ text: String) -> Bool {
        for separator: Character in [":", "-"] {
            let parts = text.split(separator: separator, omittingEmptySubsequences: false)
            if [6, 8, 20].contains(parts.count), parts.allSatisfy({ isHex($0, lengths: [2]) }) { return true }
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return [3, 4, 10].contains(parts.count) && parts.allSatisfy { isHex($0, lengths: [4]) }
    }

    private static func isUUID(_ text: String, version: Character?) -> Bool {
        let digits = text.filter { $0 != "-" }
        guard isHex(digits[...], lengths: [32]), let version else { return isHex(digits[...], lengths: [32]) }
        return digits[digits.index(digits.startIndex, offsetBy: 12)] == version
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && !$0.contains(" ") }
    }

    /// An absolute one, or at least a path.
    private static func isURI(_ text: String) -> Bool {
        if text.hasPrefix("/") { return true }
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else { return false }
        let scheme = text[..<colon]
        return scheme.first?.isLetter == true
            && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }
}
