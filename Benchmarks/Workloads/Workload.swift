internal import ArgumentParser

/// What is measured, in the order in which it is.
enum Workload: String, Sendable, CaseIterable, ExpressibleByArgument {
    case create
    case get
    /// All pods, compressed when the server likes to, as client-go asks.
    case list
    case listUncompressed = "list-uncompressed"
    case watch
    case patch
    case delete
    case schedule

    /// What processor time is divided by.
    var unit: String {
        switch self {
        case .list, .listUncompressed: "MB"
        case .watch: "event"
        case .schedule: "pod"
        case .create, .get, .patch, .delete: "request"
        }
    }

    /// What belongs to it but is measured and told apart.
    var besides: String? {
        switch self {
        case .watch: "the change"
        case .schedule: "scheduler"
        case .create, .get, .list, .listUncompressed, .patch, .delete: nil
        }
    }
}

/// How much of everything.
struct Amounts: Sendable {
    var pods: Int
    var watchers: Int
    var watchConnections: Int
    var changes: Int
    var lists: Int
    var nodes: Int
    var scheduledPods: Int
    var atATime: Int
}
