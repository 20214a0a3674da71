import Glibc
import Logging

/// Runs `body` with a directory of its own, which is removed afterwards.
func withTemporaryDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
    var template = Array("/tmp/apus-store-XXXXXX".utf8CString)
    let made: String? = template.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let path = made else { throw SystemCallFailed(name: "mkdtemp", code: errno) }
    do {
        let result = try await body(path)
        remove(path)
        return result
    } catch {
        remove(path)
        throw error
    }
}

struct SystemCallFailed: Error {
    let name: String
    let code: Int32
}

/// Removes a directory, its files, and theirs.
private func remove(_ path: String) {
    guard let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name == "." || name == ".." { continue }
        if Glibc.remove(path + "/" + name) != 0 { remove(path + "/" + name) }
    }
    closedir(directory)
    rmdir(path)
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
