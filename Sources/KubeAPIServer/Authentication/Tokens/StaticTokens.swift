/// Tokens from a file: `token,user,uid,"group1,group2"`, one a line.
package struct StaticTokens: TokenAuthenticator {
    private let users: [String: UserInfo]

    /// Reads the file; errors are upstream's.
    package init(csv: [UInt8], path: String) throws(ConfigurationError) {
        var users: [String: UserInfo] = [:]
        for record in CSV.records(String(decoding: csv, as: UTF8.self)) {
            guard record.count >= 3 else {
                throw ConfigurationError(
                    "token file '\(path)' must have at least 3 columns (token, user name, user uid), found "
                        + "\(record.count)")
            }
            // An empty token would let in everybody who sends none.
            guard !record[0].isEmpty else { continue }
            let groups = record.count > 3 ? record[3].split(separator: ",").map { $0.trimmed } : []
            users[record[0]] = UserInfo(name: record[1], uid: record[2], groups: groups)
        }
        self.users = users
    }

    package func recognize(_ token: String, audiences: [String]?) -> TokenFinding {
        users[token].map { .user($0, audiences: nil) } ?? .foreign
    }
}

/// Comma-separated values as Go reads them: fields may be quoted, and lines that begin with `#` are kept.
private enum CSV {
    static func records(_ text: String) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field = ""
        var isQuoted = false
        var hasContent = false
        var characters = text.unicodeScalars.filter { $0 != "\r" }.makeIterator()
        var pushed: Unicode.Scalar?
        func endField() {
            record.append(field)
            field = ""
        }
        func endRecord() {
            guard hasContent else { return }
            endField()
            records.append(record)
            record = []
            hasContent = false
        }
        while let character = pushed ?? characters.next() {
            pushed = nil
            switch (character, isQuoted) {
            case ("\"", false):
                (isQuoted, hasContent) = (true, true)
            case ("\"", true):
                let next = characters.next()
                if next == "\"" { field.unicodeScalars.append("\"") } else { (isQuoted, pushed) = (false, next) }
            case (",", false):
                hasContent = true
                endField()
            case ("\n", false):
                endRecord()
            case (_, _):
                hasContent = true
                field.unicodeScalars.append(character)
            }
        }
        endRecord()
        return records
    }
}
