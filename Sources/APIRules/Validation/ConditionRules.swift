internal import APIMachinery

extension Findings {
    private static let reasonMax = 1024
    private static let messageMax = 32 * 1024

    /// A list of conditions, one of each type (`meta/v1/validation`).
    mutating func conditions(_ list: FieldView) {
        var types: Set<String> = []
        for condition in list.items {
            let type = condition["type"]
            if !types.insert(type.text).inserted { add(type.duplicate(type.text)) }
            self.condition(condition)
        }
    }

    private mutating func condition(_ condition: FieldView) {
        let (type, reason) = (condition["type"], condition["reason"])
        add(type.orEmpty, Names.labelKey(type.text))
        let states = ["False", "True", "Unknown"]
        if !states.contains(condition["status"].text) { add(condition["status"].invalidChoice(states)) }
        if let generation = condition["observedGeneration"].number, generation < 0 {
            add(condition["observedGeneration"].invalid("must be greater than or equal to zero"))
        }
        require(condition["lastTransitionTime"])
        require(reason)
        if !reason.isEmpty {
            if !Self.isReason(reason.text) {
                let rule =
                    "a condition reason must start with alphabetic character, optionally followed by a string of "
                    + "alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'"
                let pattern = Names.pattern(
                    rule, "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?", "my_name", "MY_NAME", "MyName", "ReasonA,ReasonB",
                    "ReasonA:ReasonB")
                add(reason.invalid(pattern))
            }
            if reason.text.utf8.count > Self.reasonMax { add(reason.tooLong(Self.reasonMax)) }
        }
        let message = condition["message"]
        if message.text.utf8.count > Self.messageMax { add(message.tooLong(Self.messageMax)) }
    }

    private static func isReason(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        let isLetter = { (byte: UInt8) in (0x61...0x7A).contains(byte | 0x20) }
        let isWord = { (byte: UInt8) in
            isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
        }
        return isLetter(first) && isWord(last) && text.utf8.allSatisfy { isWord($0) || ",:".utf8.contains($0) }
    }
}
