internal import APIMachinery

/// Answers `/logs/...`: the machine's own log files, as Go's file server shows a directory.
enum NodeLogs {
    static let root = "/var/log"
    static let blockSize = 64 * 1024

    static func answer(_ path: String, root: String = root) -> NodeAnswer {
        let below = path.split(separator: "/").dropFirst()
        guard !below.contains(".."), let file = HostFiles.realPath(([root[...]] + below).joined(separator: "/")),
            // A link out of the directory is not followed: what it shows may be anything.
            file == root || file.hasPrefix(root + "/")
        else { return .refusal(404, "404 page not found") }
        switch HostFiles.kind(file) {
        case .directory: return .text(200, listing(of: file), contentType: "text/html; charset=utf-8")
        case .file: return .stream(content(of: file), contentType: "text/plain; charset=utf-8")
        case _: return .refusal(404, "404 page not found")
        }
    }

    private static func listing(of directory: String) -> String {
        let lines = HostFiles.names(in: directory).map { name in
            let shown = HostFiles.kind("\(directory)/\(name)") == .directory ? "\(name)/" : name
            return "<a href=\"\(escaped(shown))\">\(escaped(shown))</a>\n"
        }
        let head = "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n"
        return "\(head)<pre>\n\(lines.joined())</pre>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&#34;"
            case _: result.append(character)
            }
        }
    }

    private static func content(of path: String) -> AsyncThrowingStream<[UInt8], any Error> {
        PacedStream.make { write in
            let file = try LogFile(path)
            var offset = 0
            while true {
                let block = try file.read(at: offset, count: blockSize)
                guard !block.isEmpty else { return }
                offset += block.count
                try await write(block)
            }
        }
    }
}
