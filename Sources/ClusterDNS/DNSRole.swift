internal import APITypes
package import ControllerRuntime
package import Determinism
package import Logging
package import NIOCore

/// Serves the cluster's names for as long as it runs.
///
/// **Flow.** Informers keep a ``NameIndex``; the server answers from it.
///
/// **Guarantees.** It listens only when the index is whole: a name that exists is never denied because
/// we have just started.
package struct DNSRole: Sendable {
    private let options: DNSServer.Options
    private let informers: InformerFactory
    private let eventLoop: any EventLoop
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger

    /// The server works on `eventLoop`.
    package init(
        _ options: DNSServer.Options, informers: InformerFactory, eventLoop: any EventLoop, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) {
        self.options = options
        self.informers = informers
        self.eventLoop = eventLoop
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// Serves until cancelled.
    package func run() async throws {
        let index = NameIndex()
        let services = informers.informer(Service.self)
        let slices = informers.informer(EndpointSlice.self)
        let namespaces = informers.informer(Namespace.self)
        services.addHandler { index.take($0) }
        slices.addHandler { index.take($0) }
        namespaces.addHandler { index.take($0) }
        await namespaces.waitForSync()
        await services.waitForSync()
        await slices.waitForSync()

        let server = try DNSServer(
            options, index: index, eventLoop: eventLoop, time: time, random: random, logger: logger)
        let listening = try await server.listen()
        let (ending, end) = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationHandler {
            for await _ in ending {}
        } onCancel: {
            end.finish()
        }
        try await listening.close()
        try Task.checkCancellation()
    }
}

extension NameIndex {
    fileprivate func take(_ event: InformerEvent<Service>) {
        switch event {
        case .added(let service), .updated(_, let service):
            if let named = NamedService(service) { return set(named) }
            removeService(namespace: service.metadata.namespace, name: service.metadata.name)
        case .deleted(let service):
            removeService(namespace: service.metadata.namespace, name: service.metadata.name)
        }
    }

    fileprivate func take(_ event: InformerEvent<EndpointSlice>) {
        switch event {
        case .added(let slice):
            if let named = NamedSlice(slice) { set(named) }
        case .updated(let old, let new):
            let (before, after) = (NamedSlice(old), NamedSlice(new))
            guard before != after else { return }
            if let before, before.serviceName != after?.serviceName { remove(before) }
            if let after { set(after) }
        case .deleted(let slice):
            if let named = NamedSlice(slice) { remove(named) }
        }
    }

    fileprivate func take(_ event: InformerEvent<Namespace>) {
        switch event {
        case .added(let namespace), .updated(_, let namespace): addNamespace(namespace.metadata.name)
        case .deleted(let namespace): removeNamespace(namespace.metadata.name)
        }
    }

    private func remove(_ slice: NamedSlice) {
        removeSlice(namespace: slice.namespace, serviceName: slice.serviceName, name: slice.name)
    }
}
