internal import APITypes
internal import ControllerRuntime
internal import Synchronization

/// The newest records, kept as the API tells of changes, with a bell that rings when one matters.
final class ProxyRecords: Sendable {
    private struct State {
        var node: ProxyNode
        var services: [ObjectKey: ProxiedService] = [:]
        var slices: [ObjectKey: ProxiedSlice] = [:]
    }

    private let state: Mutex<State>
    /// Something changed since the last element was taken, however much.
    let changes: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init(_ node: ProxyNode) {
        state = Mutex(State(node: node))
        (changes, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var snapshot: ProxySnapshot {
        state.withLock {
            ProxySnapshot(node: $0.node, services: Array($0.services.values), slices: Array($0.slices.values))
        }
    }

    /// Makes the next element of `changes` come although nothing changed.
    func ring() { bell.yield() }

    func take(_ event: InformerEvent<Service>) {
        update(\.services, event.key, event.present.flatMap(ProxiedService.init))
    }

    func take(_ event: InformerEvent<EndpointSlice>) {
        update(\.slices, event.key, event.present.flatMap(ProxiedSlice.init))
    }

    func take(_ event: InformerEvent<Node>) {
        guard let node = event.present else { return }
        let isNews = state.withLock { state in
            guard state.node.name == node.metadata.name else { return false }
            let before = state.node
            state.node.update(from: node)
            return before != state.node
        }
        if isNews { ring() }
    }

    private func update<Record: Hashable>(
        _ table: WritableKeyPath<State, [ObjectKey: Record]>, _ key: ObjectKey, _ record: Record?
    ) {
        let isNews = state.withLock { state in
            guard state[keyPath: table][key] != record else { return false }
            state[keyPath: table][key] = record
            return true
        }
        if isNews { ring() }
    }
}

extension InformerEvent {
    fileprivate var key: ObjectKey { ObjectKey(object) }

    /// The object, if it still exists.
    fileprivate var present: T? {
        switch self {
        case .added(let object), .updated(_, let object): object
        case .deleted: nil
        }
    }
}
