package import Determinism
internal import Glibc
internal import Synchronization

/// A log file that is put aside when it is full; old ones go by their number and age.
///
/// The names are those of upstream's: `audit.log` becomes `audit-2026-01-02T15-04-05.000.log`.
package final class AuditFile: AuditOutput {
    package struct Limits: Sendable {
        /// Bytes of one file; `nil`: it grows without end.
        package var size: Int?
        /// Days that old files are kept; zero: for ever.
        package var age: Int
        /// How many old files are kept; zero: all.
        package var backups: Int

        package init(size: Int?, age: Int, backups: Int) {
            self.size = size
            self.age = age
            self.backups = backups
        }
    }

    private struct State {
        var file: Int32
        var size: Int
    }

    private let path: String
    private let limits: Limits
    private let time: any Timekeeper
    private let state: Mutex<State>

    /// Opens the file, or makes it for its owner alone.
    package init(_ path: String, limits: Limits, time: any Timekeeper) throws(AuditOutputError) {
        self.path = path
        self.limits = limits
        self.time = time
        state = Mutex(try Self.open(path))
        removeOld()
    }

    deinit { close(state.withLock { $0.file }) }

    package func write(_ line: [UInt8]) throws(AuditOutputError) {
        let error: AuditOutputError? = state.withLock { state in
            do throws(AuditOutputError) {
                if let most = limits.size, state.size > 0, state.size + line.count > most { try rotate(&state) }
                try Self.write(line, to: state.file)
                state.size += line.count
                return nil
            } catch { return error }
        }
        if let error { throw error }
    }

    private static func open(_ path: String) throws(AuditOutputError) -> State {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("open", path) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw failure("read", path) }
        return State(file: file, size: Int(facts.st_size))
    }

    static func write(_ line: [UInt8], to file: Int32) throws(AuditOutputError) {
        var sent = 0
        while sent < line.count {
            let count = line.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress?.advanced(by: sent), line.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", "the audit log") }
            sent += count
        }
    }

    private static func failure(_ what: String, _ path: String) -> AuditOutputError {
        AuditOutputError("\(what) \(path): \(String(cString: strerror(errno)))")
    }

    // MARK: Rotation

    private func rotate(_ state: inout State) throws(AuditOutputError) {
        let aside = AuditFileNames(path).aside(at: time.now)
        guard rename(path, aside) == 0 else { throw Self.failure("rename", path) }
        close(state.file)
        state = try Self.open(path)
        removeOld()
    }

    private func removeOld() {
        let names = AuditFileNames(path)
        guard let directory = opendir(names.directory) else { return }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            found.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        for name in names.superfluous(found, limits, now: time.now) { unlink("\(names.directory)/\(name)") }
    }
}

/// The names of files that were put aside. Pure.
package struct AuditFileNames {
    package let directory: String
    private let stem: String
    private let ending: String

    package init(_ path: String) {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        stem = String(name[..<dot]) + "-"
        ending = String(name[dot...])
    }

    /// Colons are no part of names that every file system takes.
    package func aside(at now: Timestamp) -> String {
        let milliseconds = Timestamp(nanoseconds: now.nanoseconds).rfc3339Nano
        let day = milliseconds.prefix(10)
        let clock = milliseconds.dropFirst(11).prefix(12)
        return "\(directory)/\(stem)\(day)T\(clock.map { $0 == ":" ? "-" : String($0) }.joined())\(ending)"
    }

    private func moment(_ name: String) -> Timestamp? {
        guard name.hasPrefix(stem), name.hasSuffix(ending), name.utf8.count > stem.utf8.count + ending.utf8.count else {
            return nil
        }
        let text = name.dropFirst(stem.count).dropLast(ending.count)
        guard text.utf8.count == 23 else { return nil }
        let clock = text.dropFirst(11).enumerated().map { $0.offset == 2 || $0.offset == 5 ? ":" : String($0.element) }
        return Timestamp(rfc3339: "\(text.prefix(10))T\(clock.joined())Z")
    }

    /// Which of the files in the directory are too many or too old.
    package func superfluous(_ names: [String], _ limits: AuditFile.Limits, now: Timestamp) -> [String] {
        let old = names.compactMap { name in moment(name).map { (name, $0) } }.sorted { $0.1 > $1.1 }
        let kept = limits.backups > 0 ? old.prefix(limits.backups) : old[...]
        let oldest = now.advanced(by: .seconds(-86_400 * limits.age))
        let young = limits.age > 0 ? kept.filter { $0.1 >= oldest } : Array(kept)
        let keptNames = Set(young.map(\.0))
        return old.map(\.0).filter { !keptNames.contains($0) }
    }
}

/// Standard output.
package struct StandardOutput: AuditOutput {
    package init() {}

    package func write(_ line: [UInt8]) throws(AuditOutputError) { try AuditFile.write(line, to: STDOUT_FILENO) }
}
