/// Where in a policy an expression is, as a template of JSONPath (`client-go/util/jsonpath`): `spec.validations[0]`.
struct FieldReference {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    /// Whether `..` stands before what is next.
    private var endsInDescent = false

    /// Why a reference cannot be read; `nil` when it can.
    static func fault(in text: String) -> String? {
        var reference = FieldReference(text)
        return reference.readTemplate()
    }

    /// The text of one action, which stands in braces.
    private init(_ text: some StringProtocol) { scalars = Array("{\(text)}".unicodeScalars) }

    // MARK: Template

    private mutating func readTemplate() -> String? {
        while let scalar = next() {
            if scalar == "{", let fault = readAction() { return fault }
        }
        return nil
    }

    private mutating func readAction() -> String? {
        while true {
            if take("}") { return nil }
            let fault: String?
            if take("[?(") {
                fault = readFilter()
            } else if take("..") {
                fault = readDescent()
            } else {
                guard let scalar = next(), scalar != "\n", scalar != "\r" else { return "unclosed action" }
                if " @$".unicodeScalars.contains(scalar) { continue }
                fault = readPart(scalar)
            }
            if let fault { return fault }
        }
    }

    private mutating func readPart(_ first: Unicode.Scalar) -> String? {
        endsInDescent = false
        switch first {
        case "[": return readArray()
        case "\"", "'": return readQuote(first)
        case ".": readField()
        case "+", "-", "0"..."9": return readNumber(first)
        case _ where Self.isWord(first):
            while let scalar = peek, !Self.isEnd(scalar) { position += 1 }
        case _:
            let code = String(first.value, radix: 16, uppercase: true)
            let padding = String(repeating: "0", count: max(0, 4 - code.count))
            return "unrecognized character in action: U+\(padding)\(code) '\(first)'"
        }
        return nil
    }

    private mutating func readField() {
        while let scalar = peek, !Self.isEnd(scalar) { position += scalar == "\\" ? 2 : 1 }
    }

    private mutating func readDescent() -> String? {
        if endsInDescent { return "invalid multiple recursive descent" }
        endsInDescent = true
        if let scalar = peek, Self.isWord(scalar) {
            readField()
            endsInDescent = false
        }
        return nil
    }

    private mutating func readNumber(_ first: Unicode.Scalar) -> String? {
        var digits = String(first)
        while let scalar = peek, scalar == "." || ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        let isNumber = digits.last?.isNumber == true && digits.count(where: { $0 == "." }) < 2
        return isNumber ? nil : "cannot parse number \(digits)"
    }

    private mutating func readQuote(_ mark: Unicode.Scalar) -> String? {
        while let scalar = next(), scalar != "\n" {
            if scalar == mark, scalars[position - 2] != "\\" { return nil }
        }
        return "unterminated quoted string"
    }

    // MARK: Arrays

    private mutating func readArray() -> String? {
        let start = position
        while let scalar = next(), scalar != "\n" {
            if scalar == "]" { return Self.faultOfIndex(text(start, position - 1)) }
        }
        return "unterminated array"
    }

    /// `*`, `'key'`, `from:to:step`, or several of them.
    private static func faultOfIndex(_ index: String) -> String? {
        let several = index.split(separator: ",", omittingEmptySubsequences: false)
        if several.count > 1 {
            return several.lazy.compactMap { fault(in: "[\(String($0).trimmed)]") }.first
        }
        let key = index.dropFirst().dropLast()
        if index.count > 1, index.first == "'", index.last == "'", !key.contains("'") { return fault(in: ".\(key)") }
        if index == "*" { return nil }
        let bounds = index.split(separator: ":", omittingEmptySubsequences: false)
        let isSlice =
            bounds.count < 4
            && bounds.allSatisfy { bound in
                (bound.first == "-" ? bound.dropFirst() : bound).utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
        guard isSlice else { return "invalid array index \(index)" }
        return bounds.contains("-") ? "array index - is not a number" : nil
    }

    private mutating func readFilter() -> String? {
        let start = position
        var mark: Unicode.Scalar?
        var isClosed = false
        while true {
            guard let scalar = next(), scalar != "\n" else { return "unterminated filter" }
            if scalar == "\"" || scalar == "'" {
                if mark == nil { mark = scalar } else if scalar == mark, scalars[position - 2] != "\\" { isClosed = true }
            } else if scalar == ")", (mark != nil) == isClosed {
                break
            }
        }
        let condition = text(start, position - 1)
        guard next() == "]" else { return "unclosed array expect ]" }
        endsInDescent = false
        let isSign = { (character: Character) in "!<>=".contains(character) }
        let left = condition.prefix { !isSign($0) }
        let right = condition.dropFirst(left.count).drop { isSign($0) || $0 == "~" }
        if left.isEmpty || right.isEmpty { return Self.fault(in: condition) }
        return Self.fault(in: String(left)) ?? Self.fault(in: String(right))
    }

    // MARK: Reading

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        position += 1
        return scalar
    }

    private mutating func take(_ prefix: String) -> Bool {
        guard scalars[min(position, scalars.count)...].starts(with: prefix.unicodeScalars) else { return false }
        position += prefix.unicodeScalars.count
        return true
    }

    private func text(_ start: Int, _ end: Int) -> String {
        var result = ""
        result.unicodeScalars.append(contentsOf: scalars[start..<end])
        return result
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
    }

    private static func isEnd(_ scalar: Unicode.Scalar) -> Bool { " \t\r\n.,[]$@{}".unicodeScalars.contains(scalar) }
}
