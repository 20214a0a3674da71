// swift-tools-version: 6.2
import PackageDescription

// The targets of Sources/FuzzTargets under libFuzzer (scripts/fuzz). A package of its own, because everything in it is
// compiled with coverage, and only what is looked at: of the large rooms some files.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"]),
]

/// A room of the product, all of it or some files.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], files: [String]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: "Rooms/\(name)", sources: files, swiftSettings: settings)
}

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")

let package = Package(
    name: "fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        room("Determinism"),
        room("TimeZones"),
        room("APITables"),
        room("APIMachinery", ["APITables", "Determinism", .product(name: "Yams", package: "Yams")]),
        room("RE2"),
        room("CBOR", ["APIMachinery"]),
        room("CEL", ["APIMachinery", "Determinism", "RE2", "TimeZones"]),
        room("APIPatch", ["APIMachinery", "Determinism"]),
        room("HTTP2", [nio, nioHPACK, .product(name: "Collections", package: "swift-collections")]),
        room("APIClient", ["APIMachinery"], files: ["APITransport.swift"]),
        room(
            "KubeAPIServer", ["APIClient", "APIMachinery", nio],
            files: [
                "HTTP/QueryParameters.swift", "Requests/QueryParameters+Options.swift", "Requests/RequestInfo.swift",
                "Streams/SPDYFrames.swift", "Streams/WebSocketReader.swift",
            ]),
        room(
            "FuzzTargets",
            ["APIMachinery", "APIPatch", "APIClient", "CBOR", "CEL", "HTTP2", "KubeAPIServer", "RE2", nio]),
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ]
)
