// swift-tools-version: 6.2
import PackageDescription

// Floors import downwards only; rooms on floor 3 never import each other (ARCHITECTURE.md, "Rooms").

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library target of ours: strict settings everywhere, its README left out of the build.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict)
}

/// A generated target: no README of its own, never edited by hand.
func generated(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "_CryptoExtras", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let grpc: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")
let grpcTransport: Target.Dependency = .product(
    name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let grpcProtobuf: Target.Dependency = .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")

let package = Package(
    name: "apus",
    products: [
        .executable(name: "apus", targets: ["apus"]),
        .executable(name: "pause", targets: ["pause"]),
        .executable(name: "apus-benchmark", targets: ["apus-benchmark"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", from: "2.4.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    ],
    targets: [
        // MARK: Floor 0
        // The only door to clocks, sleep, randomness and back-off.
        room("Determinism", []),
        // Kernel calls and structures that Glibc's Swift module lacks.
        .target(name: "CLinux"),
        // SQLite's C library, as Debian ships it.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        // zlib, as Debian ships it.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Answers as gzip, piece by piece.
        room("Compression", ["CZlib", "Determinism"]),
        // Namespaces, mounts, cgroups, netlink, signals and child processes.
        room("LinuxKernel", ["CLinux"]),
        // Counters and the page on which Prometheus reads them.
        room("Metrics", ["Determinism", "LinuxKernel"]),
        // What the clocks on the wall say, zone by zone.
        room("TimeZones", []),

        // MARK: Floor 1
        // Values, codecs, quantities, selectors, status errors, schemas: the API's grammar without its words.
        room("APIMachinery", ["APITables", "Determinism", yams]),
        // Regular expressions in linear time, with RE2's syntax.
        room("RE2", []),
        // Objects as CBOR, the way Kubernetes speaks it.
        room("CBOR", ["APIMachinery"]),
        // The Common Expression Language, as Kubernetes speaks it.
        room("CEL", ["APIMachinery", "Determinism", "RE2", "TimeZones"]),
        // The API's words: schema tables and Swift types, generated from Generator/Tables.
        generated("APITables", []),
        generated("APITypes", ["APIMachinery", "Determinism"]),
        // Patches of all kinds: JSON patch, merge patch, strategic merge and server-side apply.
        room("APIPatch", ["APIMachinery", "Determinism"]),
        // Defaulting and validation, pure.
        room("APIRules", ["APIMachinery", "APITypes", "CEL", "Determinism", "RE2", "TimeZones"]),
        // What a gRPC client of a Go server needs: answered pings, one way to make a transport.
        room("GRPCSupport", [grpc, grpcTransport, nio, nioHTTP2]),
        // The server's end of HTTP/2: frames, streams, flow control.
        room("HTTP2", [nio, nioHPACK, collections]),
        // Keys, certificates and tokens: the cluster's own authority.
        room("ClusterPKI", ["APIMachinery", "Determinism", x509, asn1, crypto, cryptoExtras, yams]),

        // MARK: Floor 2
        // The promise of a store in which every change has a revision.
        room("KeyValueStore", ["Determinism"]),
        room("MemoryStore", ["KeyValueStore", "Determinism"]),
        room("SQLiteStore", ["KeyValueStore", "Determinism", "CSQLite", logging]),
        generated("EtcdProtocol", [protobuf, grpc, grpcProtobuf]),
        room(
            "EtcdStore",
            [
                "KeyValueStore", "Determinism", "EtcdProtocol", "GRPCSupport", protobuf, grpc, grpcTransport,
                grpcProtobuf, logging, nio,
            ]),
        // A resource is one declared value and a strategy; here is what all of them share.
        room(
            "APIRegistry",
            ["APIMachinery", "APITables", "APITypes", "APIPatch", "APIRules", "KeyValueStore", "Determinism", logging]),
        // Typed access to any API server, over TLS or inside the process.
        room("APIClient", ["APIMachinery", "APITypes", "Determinism", httpClient, nio, nioHTTP1, nioSSL, logging]),
        // Reflectors, caches, work queues, reconcile loops, leader election.
        room("ControllerRuntime", ["APIMachinery", "APITypes", "APIClient", "Determinism", "Metrics", logging]),
        generated("CRIProtocol", [protobuf, grpc, grpcProtobuf]),
        // Containers and images through CRI, and containerd as a managed child.
        room(
            "ContainerRuntime",
            [
                "APIMachinery", "CRIProtocol", "GRPCSupport", "LinuxKernel", "Determinism",
                grpc, grpcTransport, grpcProtobuf, protobuf,
                nio, nioPosix, nioHTTP2, crypto, logging,
            ]),

        // MARK: Floor 3
        // A folder per resource: strategy and columns.
        room("APIResources", ["APIRegistry", "APIMachinery", "APITypes", "APIRules", "Determinism"]),
        generated("KMSProtocol", [protobuf]),
        // HTTP, authentication, authorization, admission, discovery, OpenAPI.
        room(
            "KubeAPIServer",
            [
                "APIRegistry", "APIResources", "APIMachinery", "APITables", "APITypes", "APIPatch", "APIRules", "CBOR", "CEL",
                "APIClient", "ClusterPKI", "KeyValueStore", "Determinism", "Metrics", "Compression",
                "HTTP2", nio, nioPosix, nioHTTP1, nioTLS, nioSSL, x509, asn1, crypto, cryptoExtras, collections, httpClient,
                "KMSProtocol", "GRPCSupport", grpc, grpcTransport, grpcProtobuf, protobuf, logging,
            ]),
        // Replication, rollout, scale.
        room(
            "WorkloadControllers",
            ["ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "Determinism", "TimeZones", logging]),
        // Nodes, namespaces, quota, service accounts, garbage, endpoints.
        room(
            "ClusterControllers",
            ["ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "APIRules", "CEL", "ClusterPKI", "Determinism", logging]),
        // Queue, snapshot, cycle; a folder per plugin.
        room("KubeScheduler", ["ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "Determinism", logging]),
        // Pod plan and workers, probes, status, volumes, node server.
        room(
            "Kubelet",
            [
                "ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "APIRules", "ContainerRuntime", "ClusterPKI",
                "LinuxKernel", "Determinism", nio, nioPosix, nioHTTP1, nioSSL, x509, logging,
                grpc, grpcTransport,
            ]),
        // Services as nftables rules.
        room(
            "ServiceProxy",
            ["ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "LinuxKernel", "Determinism", logging]),
        // Bridges, routes and CNI configuration.
        room(
            "PodNetwork",
            ["ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "LinuxKernel", "Determinism", logging]),
        // A DNS codec and a chain of resolvers.
        room(
            "ClusterDNS",
            [
                "ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "Determinism", nio, nioPosix, collections,
                logging,
            ]),

        // MARK: Floor 4
        // Flags and files become running services.
        room(
            "ClusterAssembly",
            [
                "KubeAPIServer", "KubeScheduler", "WorkloadControllers", "ClusterControllers", "Kubelet", "ServiceProxy", "PodNetwork", "ClusterDNS", "ClusterPKI",
                "ContainerRuntime", "ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "KeyValueStore",
                "SQLiteStore", "EtcdStore", "LinuxKernel", "Determinism", "Metrics", arguments, logging, nioPosix,
            ]),
        // The one binary.
        .executableTarget(
            name: "apus", dependencies: ["ClusterAssembly"], swiftSettings: strict,
            // What only debuggers read is more than half of the binary; the names that backtraces show stay.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--strip-debug"], .when(configuration: .release))]),
        // Measures any Kubernetes API server; no part of the product.
        .executableTarget(
            name: "apus-benchmark",
            dependencies: [
                "APIMachinery", "ClusterPKI", "LinuxKernel", "Determinism", arguments, nio, nioPosix, nioSSL, nioHTTP2,
                nioHPACK,
            ],
            path: "Benchmarks", exclude: ["README.md"], swiftSettings: strict),
        // The parent of every pod: tiny, static, reaps zombies.
        .executableTarget(name: "pause"),

        // MARK: Tests
        // Fixtures, fake clusters and seeds that several test targets share.
        room("TestKit", ["APIMachinery", "APITypes", "APIClient", "ControllerRuntime", "ClusterPKI", "KubeAPIServer", "MemoryStore", "Determinism", logging]),
        // What every store must do, as data.
        room("StoreConformance", ["KeyValueStore", "Determinism"]),
        // What reads bytes from outside, as a list; Fuzz/ is a package that runs it under libFuzzer.
        room("FuzzTargets", ["APIMachinery", "APIPatch", "APIClient", "CBOR", "CEL", "HTTP2", "KubeAPIServer", "RE2", nio]),
        // The house looks at itself.
        tests("TidyTests", []),
        tests("DeterminismTests", ["Determinism"]),
        tests("MetricsTests", ["Metrics", "TestKit"]),
        tests("TimeZonesTests", ["TimeZones"]),
        tests("RE2Tests", ["RE2"]),
        tests("CBORTests", ["CBOR", "APIMachinery"]),
        tests("FuzzTests", ["FuzzTargets"], exclude: ["Corpus"]),
        tests("CELTests", ["CEL", "APIMachinery", "Determinism", "RE2"], exclude: ["Conformance/Data"]),
        tests("CompressionTests", ["Compression", "CZlib", "Determinism"]),
        tests("ControllerRuntimeTests", ["ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "Determinism", "Metrics", "TestKit", logging]),
        tests("WorkloadControllersTests", ["WorkloadControllers", "ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "Determinism", "TestKit", "TimeZones"]),
        tests("ClusterControllersTests", ["ClusterControllers", "ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "ClusterPKI", "Determinism", "TestKit"]),
        tests("ClusterPKITests", ["ClusterPKI", "APIMachinery", "Determinism", x509, asn1]),
        tests("KubeAPIServerTests", ["KubeAPIServer", "APIClient", "APIMachinery", "APIRegistry", "APITypes", "ClusterPKI", "ControllerRuntime", "Determinism", "KeyValueStore", "TestKit", nio, logging]),
        tests("ClusterAssemblyTests", ["ClusterAssembly", "APIMachinery", "Determinism", "TestKit", logging]),
        tests("KubeletTests", ["Kubelet", "APIClient", "APIMachinery", "APITypes", "ClusterPKI", "ContainerRuntime", "ControllerRuntime", "Determinism", "LinuxKernel", nio, nioPosix, nioHTTP1, nioSSL, logging]),
        tests("KubeSchedulerTests", ["KubeScheduler", "APIClient", "APIMachinery", "APITypes", "ControllerRuntime", "Determinism", logging]),
        tests("LinuxKernelTests", ["LinuxKernel"]),
        tests("ContainerRuntimeTests", ["ContainerRuntime", "LinuxKernel", "Determinism", logging]),
        tests(
            "ClusterDNSTests",
            [
                "ClusterDNS", "ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "Determinism", "TestKit", nio,
                nioPosix, logging,
            ]),
        tests(
            "PodNetworkTests",
            [
                "PodNetwork", "ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "Determinism", "LinuxKernel",
                "TestKit", logging,
            ]),
        tests(
            "ServiceProxyTests",
            [
                "ServiceProxy", "ControllerRuntime", "APIClient", "APIMachinery", "APITypes", "Determinism", "LinuxKernel",
                "TestKit", logging,
            ]),
        tests("APIMachineryTests", ["APIMachinery", "Determinism"]),
        tests("APITypesTests", ["APITypes", "APIMachinery", "Determinism"]),
        tests("GRPCSupportTests", ["GRPCSupport", nio]),
        tests("HTTP2Tests", ["HTTP2", nio, nioHPACK]),
        tests("APIPatchTests", ["APIPatch", "APIMachinery", "Determinism"]),
        tests("APIRulesTests", ["APIRules", "APIMachinery", "CEL"]),
        tests("APIResourcesTests", ["APIResources", "APIRegistry", "APIMachinery", "APIRules", "Determinism"], exclude: ["Rules"]),
        tests("KeyValueStoreTests", ["KeyValueStore", "Determinism"]),
        tests("MemoryStoreTests", ["MemoryStore", "StoreConformance", "KeyValueStore", "Determinism"]),
        // Writes into a store until it is killed.
        .executableTarget(
            name: "crash-writer", dependencies: ["SQLiteStore"], path: "Tests/SQLiteStoreTests/CrashWriter"),
        tests(
            "SQLiteStoreTests",
            ["SQLiteStore", "CSQLite", "StoreConformance", "KeyValueStore", "Determinism", "crash-writer", logging],
            exclude: ["CrashWriter"]),
        tests(
            "EtcdStoreTests",
            ["EtcdStore", "EtcdProtocol", "StoreConformance", "KeyValueStore", "Determinism", protobuf, logging]),
    ]
)
