internal import APIMachinery
internal import LinuxKernel

/// A small Dockerfile: how an image is made of files of this machine and, maybe, another image.
///
/// Knows FROM (`scratch` or a local image), COPY, ENV, ENTRYPOINT, CMD, WORKDIR, USER, EXPOSE, LABEL, VOLUME and
/// STOPSIGNAL, with comments, continued lines, and lists in JSON or words. Runs no command: there is no RUN.
package struct ImageRecipe: Sendable, Equatable {
    /// nil for `scratch`.
    package var base: String?
    /// In order; paths of sources count from the recipe's folder.
    package var copies: [Copy] = []
    package var config = ImageConfig()
    /// Which lists the recipe sets itself; the others are the base image's.
    var setsEntrypoint = false
    var setsCommand = false

    package struct Copy: Sendable, Equatable {
        package var sources: [String]
        package var target: String
        package var user: UInt32 = 0
        package var group: UInt32 = 0
        /// nil keeps the file's own.
        package var mode: UInt32?
    }

    /// The name that a recipe has in its folder.
    package static let fileNames = ["Imagefile", "Dockerfile"]

    package init(parsing text: String) throws(ImageError) {
        var sawFrom = false
        for (number, line) in Self.lines(text) {
            let word = line.prefix { !$0.isWhitespace }
            let rest = String(line.dropFirst(word.count)).trimmed
            guard !rest.isEmpty else { throw ImageError(.badRecipe, "line \(number): \(word) needs an argument") }
            let keyword = word.uppercased()
            guard sawFrom || keyword == "FROM" else {
                throw ImageError(.badRecipe, "line \(number): the first instruction must be FROM")
            }
            switch keyword {
            case "FROM":
                guard !sawFrom else { throw ImageError(.badRecipe, "line \(number): only one FROM is understood") }
                sawFrom = true
                base = rest == "scratch" ? nil : rest
            case "COPY", "ADD": copies.append(try Self.copy(rest, number, workingDirectory: config.workingDirectory))
            case "ENV": for (name, value) in try Self.pairs(rest, number) { setVariable(name, value) }
            case "LABEL": for (name, value) in try Self.pairs(rest, number) { config.labels[name] = value }
            case "ENTRYPOINT":
                config.entrypoint = try Self.list(rest, number)
                setsEntrypoint = true
            case "CMD":
                config.command = try Self.list(rest, number)
                setsCommand = true
            case "WORKDIR":
                config.workingDirectory =
                    rest.hasPrefix("/") ? rest : "\(config.workingDirectory)/\(rest)"
            case "USER": config.user = rest
            case "EXPOSE":
                config.exposedPorts += rest.split(separator: " ").map { $0.contains("/") ? "\($0)" : "\($0)/tcp" }
            case "VOLUME":
                config.volumes +=
                    rest.hasPrefix("[") ? try Self.list(rest, number) : rest.split(separator: " ").map(String.init)
            case "STOPSIGNAL": config.stopSignal = rest
            default: throw ImageError(.badRecipe, "line \(number): \(word) is not understood")
            }
        }
        guard sawFrom else { throw ImageError(.badRecipe, "the recipe has no FROM") }
    }

    private mutating func setVariable(_ name: String, _ value: String) {
        config.environment.removeAll { $0.hasPrefix("\(name)=") }
        config.environment.append("\(name)=\(value)")
    }

    /// Instructions with the number of their first line; a line that ends in a backslash goes on in the next.
    private static func lines(_ text: String) -> [(Int, String)] {
        var result: [(Int, String)] = []
        var begun: (number: Int, text: String)?
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(raw).trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            let whole = (begun?.text ?? "") + line
            let number = begun?.number ?? index + 1
            if whole.hasSuffix("\\") {
                begun = (number, String(whole.dropLast()) + " ")
            } else {
                result.append((number, whole))
                begun = nil
            }
        }
        if let begun { result.append((begun.number, begun.text.trimmed)) }
        return result
    }

    /// `["a", "b"]`, or a line for the shell.
    private static func list(_ text: String, _ number: Int) throws(ImageError) -> [String] {
        guard text.hasPrefix("[") else { return ["/bin/sh", "-c", text] }
        do throws(JSONError) {
            let values = try Value(json: text).arrayValue ?? []
            return values.compactMap(\.stringValue)
        } catch {
            throw ImageError(.badRecipe, "line \(number): \(error.message)")
        }
    }

    /// `NAME=value OTHER="a b"`, or the old form `NAME value`.
    private static func pairs(_ text: String, _ number: Int) throws(ImageError) -> [(String, String)] {
        let words = try words(text, number)
        guard let first = words.first else { return [] }
        guard first.contains("=") else { return [(first, words.dropFirst().joined(separator: " "))] }
        var result: [(String, String)] = []
        for word in words {
            guard let sign = word.firstIndex(of: "=") else {
                throw ImageError(.badRecipe, "line \(number): \(word) is not NAME=value")
            }
            result.append((String(word[..<sign]), String(word[word.index(after: sign)...])))
        }
        return result
    }

    /// Words between blanks; quotation marks keep blanks together.
    private static func words(_ text: String, _ number: Int) throws(ImageError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in text {
            switch character {
            case _ where character == quote: quote = nil
            case "\"", "'" where quote == nil:
                quote = character
                word = word ?? ""
            case _ where character.isWhitespace && quote == nil:
                if let done = word { words.append(done) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw ImageError(.badRecipe, "line \(number): a quotation mark is not closed") }
        if let word { words.append(word) }
        return words
    }

    private static func copy(
        _ text: String, _ number: Int, workingDirectory: String
    ) throws(ImageError) -> Copy {
        var words = text.hasPrefix("[") ? try list(text, number) : try words(text, number)
        var copy = Copy(sources: [], target: "")
        while let option = words.first, option.hasPrefix("--") {
            words.removeFirst()
            let parts = option.dropFirst(2).split(separator: "=", maxSplits: 1)
            let ids = parts.last?.split(separator: ":").map { UInt32($0) } ?? []
            switch (parts.first, parts.count, ids.count) {
            case ("chmod", 2, _): copy.mode = UInt32(parts[1], radix: 8)
            case ("chown", 2, 1...2):
                guard let user = ids[0], let group = ids[ids.count - 1] else {
                    throw ImageError(.badRecipe, "line \(number): --chown takes numbers")
                }
                (copy.user, copy.group) = (user, group)
            default: throw ImageError(.badRecipe, "line \(number): \(option) is not understood")
            }
        }
        guard words.count >= 2, let target = words.popLast() else {
            throw ImageError(.badRecipe, "line \(number): COPY needs sources and a target")
        }
        guard !words.contains(where: { $0.split(separator: "/").contains("..") }) else {
            throw ImageError(.badRecipe, "line \(number): sources lie in the recipe's folder")
        }
        copy.sources = words
        copy.target = target.hasPrefix("/") ? target : "\(workingDirectory)/\(target)"
        return copy
    }
}
