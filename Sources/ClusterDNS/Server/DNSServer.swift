package import APIMachinery
package import Determinism
package import Logging
package import NIOCore
internal import NIOPosix

/// Answers DNS queries over UDP and TCP on the addresses it is given.
package final class DNSServer: Sendable {
    /// Connections that are open at once; more wait in the kernel.
    static let backlog: Int32 = 128
    /// A client that says nothing for so long is cut off.
    static let idleTimeout = TimeAmount.seconds(10)

    /// What the node's owner decides.
    package struct Options: Sendable {
        /// Where to listen. Port 0 lets the kernel choose, the same for UDP and TCP.
        package var addresses: [IPAddress]
        package var port: Int
        package var zone: DNSName
        package var upstream: ResolverSettings
        package var upstreamPort: Int

        package init(
            addresses: [IPAddress], port: Int = 53, zone: DNSName, upstream: ResolverSettings, upstreamPort: Int = 53
        ) {
            self.addresses = addresses
            self.port = port
            self.zone = zone
            self.upstream = upstream
            self.upstreamPort = upstreamPort
        }
    }

    private let options: Options
    private let eventLoop: any EventLoop
    private let service: QueryService
    private let logger: Logger

    /// Everything happens on `eventLoop`.
    package init(
        _ options: Options, index: NameIndex, eventLoop: any EventLoop, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) throws {
        self.options = options
        self.eventLoop = eventLoop
        self.logger = logger
        let servers = try options.upstream.servers.map {
            try SocketAddress(ipAddress: $0.description, port: options.upstreamPort)
        }
        let forwarder = Forwarder(servers: servers, eventLoop: eventLoop, time: time, random: random)
        service = QueryService(ResolverChain(ClusterZone(options.zone), index), forwarder, random: random)
    }

    /// A server that listens, until it is closed.
    package struct Listening: Sendable {
        /// Where it listens, in order of the options.
        package let addresses: [SocketAddress]
        fileprivate let channels: [any Channel]

        /// Stops listening.
        package func close() async throws {
            for channel in channels { try await channel.close() }
        }
    }

    /// Begins to listen. Throws when an address cannot be had; then nothing listens.
    package func listen() async throws -> Listening {
        var channels: [any Channel] = []
        var addresses: [SocketAddress] = []
        do {
            for address in options.addresses {
                let datagrams = try await bindDatagrams(address, options.port)
                channels.append(datagrams)
                guard let bound = datagrams.localAddress, let port = bound.port else { continue }
                addresses.append(bound)
                channels.append(try await bindStreams(address, port))
            }
        } catch {
            try await Listening(addresses: [], channels: channels).close()
            throw error
        }
        logger.info("dns listens", metadata: ["addresses": "\(addresses)"])
        return Listening(addresses: addresses, channels: channels)
    }

    private func bindDatagrams(_ address: IPAddress, _ port: Int) async throws -> any Channel {
        let service = service
        return try await DatagramBootstrap(group: eventLoop)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4_096))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramQueryHandler(service))
                }
            }
            .bind(host: address.description, port: port).get()
    }

    private func bindStreams(_ address: IPAddress, _ port: Int) async throws -> any Channel {
        let service = service
        return try await ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        IdleStateHandler(allTimeout: Self.idleTimeout),
                        ByteToMessageHandler(StreamFrameDecoder()),
                        StreamQueryHandler(service),
                    ])
                }
            }
            .bind(host: address.description, port: port).get()
    }
}
