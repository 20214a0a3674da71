// swift-tools-version: 6.2
import PackageDescription

// Writes Sources/APITables and Sources/APITypes/Generated of the product from Tables; no part of the product.
let package = Package(
    name: "Generator",
    targets: [.executableTarget(name: "Generator")]
)
