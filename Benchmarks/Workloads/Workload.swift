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
    /// Server-side apply of a label, by somebody who has not applied before.
    case apply
    /// How long somebody waits for a pod while others list all of them again and again.
    case getUnderLists = "get-under-lists"
    case delete
    case schedule

    /// What processor time is divided by; where a time of waiting is reported instead, which one.
    var unit: String {
        switch self {
        case .list, .listUncompressed: "MB"
        case .watch: "event"
        case .schedule: "pod"
        case .create, .get, .patch, .apply, .delete: "request"
        case .getUnderLists: "(p99 us)"
        }
    }

    /// What belongs to it but is measured and told apart.
    var besides: String? {
        switch self {
        case .watch: "the change"
        case .schedule: "scheduler"
        case .create, .get, .list, .listUncompressed, .patch, .apply, .getUnderLists, .delete: nil
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
    /// Lists under way at a time while pods are read.
    var stormLists: Int
    /// Pods that are read meanwhile.
    var stormGets: Int
    var nodes: Int
    var scheduledPods: Int
    var atATime: Int
}
