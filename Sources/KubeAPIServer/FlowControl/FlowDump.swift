internal import APIClient
internal import APIMachinery
internal import Determinism

/// `/debug/api_priority_and_fairness/dump_*`: who waits where, as upstream's tables say it.
struct FlowDumpPages: PageHandler {
    private static let prefix = "/debug/api_priority_and_fairness/dump_"
    let control: FlowControl

    func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        guard request.path.hasPrefix(Self.prefix) else { return nil }
        let rows: [[String]]
        switch request.path.dropFirst(Self.prefix.count) {
        case "priority_levels": rows = levels
        case "queues": rows = queues
        case "requests":
            rows = requests(isDetailed: !(request.query["includeRequestDetails"] ?? "").isEmpty)
        case _: return nil
        }
        return .response(.text(200, Self.table(rows)))
    }

    /// Columns are as wide as their widest cell, at least 8, with a space between, as Go's tabwriter makes them.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            max(8, (rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0) + 2)
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                guard column + 1 < row.count else { return cell }
                let text = cell + ","
                return text + String(repeating: " ", count: max(0, widths[column] - text.count))
            }.joined() + "\n"
        }.joined()
    }

    private var levels: [[String]] {
        control.reading { state in
            let header = [
                "PriorityLevelName", "ActiveQueues", "IsIdle", "IsQuiescing", "WaitingRequests", "ExecutingRequests",
                "DispatchedRequests", "RejectedRequests", "TimedoutRequests", "CancelledRequests",
            ]
            let rows = state.queues.sorted { $0.key < $1.key }.map { name, queues in
                [
                    name, String(queues.queueStates.count { !$0.waiting.isEmpty }), String(queues.isIdle),
                    String(state.levels[name] == nil), String(queues.waiting), String(queues.running),
                    String(queues.dispatched), String(queues.refused), "0", String(queues.abandoned),
                ]
            }
            return [header] + rows
        }
    }

    private var queues: [[String]] {
        control.reading { state in
            let header = [
                "PriorityLevelName", "Index", "PendingRequests", "ExecutingRequests", "SeatsInUse", "NextDispatchR",
                "InitialSeatsSum", "MaxSeatsSum", "TotalWorkSum",
            ]
            let rows = state.queues.sorted { $0.key < $1.key }.flatMap { name, queues in
                queues.queueStates.enumerated().map { index, queue in
                    [
                        name, String(index), String(queue.waiting.count), String(queue.running),
                        String(queue.seatsInUse), Self.seatSeconds(queue.virtualStart), String(queue.seatsWanted),
                        String(queue.seatsMaxWanted), Self.seatSeconds(queue.workWanted),
                    ]
                }
            }
            return [header] + rows
        }
    }

    private func requests(isDetailed: Bool) -> [[String]] {
        control.reading { state in
            var header = [
                "PriorityLevelName", "FlowSchemaName", "QueueIndex", "RequestIndexInQueue", "FlowDistingsher",
                "ArriveTime", "InitialSeats", "FinalSeats", "AdditionalLatency", "StartTime",
            ]
            if isDetailed {
                header += ["UserName", "Verb", "APIPath", "Namespace", "Name", "APIVersion", "Resource", "SubResource"]
            }
            let visitors = state.visitors.values.sorted {
                ($0.flow.level, $0.ticket.queue, $0.ticket.number) < ($1.flow.level, $1.ticket.queue, $1.ticket.number)
            }
            let rows = visitors.map { visitor in
                let states = state.queues[visitor.flow.level]?.queueStates ?? []
                let queue = states.indices.contains(visitor.ticket.queue) ? visitor.ticket.queue : -1
                let index = queue < 0 ? nil : states[queue].waiting.firstIndex(of: visitor.ticket.number)
                return Self.row(visitor, queue: queue, index: index ?? -1, isDetailed: isDetailed)
            }
            return [header] + rows
        }
    }

    private static func row(
        _ visitor: FlowControl.Visitor, queue: Int, index: Int, isDetailed: Bool
    ) -> [String] {
        let work = visitor.ticket.work
        let row = [
            visitor.flow.level, visitor.flow.schema, String(queue), String(index), visitor.flow.distinguisher,
            visitor.arrived.rfc3339Nano, String(work.seats), String(work.finalSeats), duration(work.afterwards),
            visitor.started?.rfc3339Nano ?? "0001-01-01T00:00:00Z",
        ]
        guard isDetailed else { return row }
        let info = visitor.info
        let version = GroupVersion(group: info.group, version: info.version).description
        return row + [
            visitor.user, info.verb, info.path, info.namespace, info.name, info.isResourceRequest ? version : "",
            info.resource, info.subresource,
        ]
    }

    private static func seatSeconds(_ seconds: Double) -> String {
        let parts = Int64((max(0, seconds) * 1e8).rounded()).quotientAndRemainder(dividingBy: 100_000_000)
        let digits = String(parts.remainder)
        return "\(parts.quotient).\(String(repeating: "0", count: 8 - digits.count))\(digits)ss"
    }

    private static func duration(_ duration: Duration) -> String {
        duration == .zero ? "0s" : "\(Double(duration.wholeNanoseconds / 1000) / 1000)ms"
    }
}
