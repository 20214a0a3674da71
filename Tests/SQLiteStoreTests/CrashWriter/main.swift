// Writes into the store in the directory it is given, from many tasks, until it is killed, and prints each
// acknowledged write: key, revision, number. The values repeat key and number, so that a torn one shows.
import Glibc
import SQLiteStore

let directory = CommandLine.arguments[1]
let round = CommandLine.arguments[2]
let options = SQLiteStoreOptions(
    relaxedPrefixes: ["/registry/leases/"], history: .init(duration: .milliseconds(60), revisions: 100))
let store = try SQLiteStore(directory: directory, options: options)

func value(_ key: String, _ number: Int) -> [UInt8] {
    Array(String(repeating: "\(key) \(number)\n", count: 1 + number % 100).utf8)
}

func report(_ key: String, _ revision: Int64, _ number: Int) {
    let line = Array("\(key) \(revision) \(number)\n".utf8)
    _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

/// Creates a key, updates it some times, and goes on to the next; every third is deleted at the end.
func writeForever(_ task: Int) async throws {
    let kind = task % 4 == 0 ? "leases" : "pods"
    for object in 0... {
        let key = "/registry/\(kind)/\(round)-\(task)-\(object)"
        var revision = try await store.create(key, value(key, 0), timeToLive: nil)
        report(key, revision, 0)
        for number in 1...10 {
            revision = try await store.update(key, ifAt: revision, to: value(key, number), timeToLive: nil)
            report(key, revision, number)
        }
        if object % 3 == 0 { report(key, try await store.delete(key, ifAt: revision), -1) }
    }
}

try await withThrowingTaskGroup(of: Void.self) { group in
    for task in 0..<16 { group.addTask { try await writeForever(task) } }
    try await group.waitForAll()
}
