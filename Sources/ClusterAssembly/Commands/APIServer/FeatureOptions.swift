internal import ArgumentParser
internal import KubeAPIServer

/// What the API server does only when asked, or unless asked not to. Named as upstream's.
struct FeatureOptions: ParsableArguments {
    private static let known = FeatureGates.Gate.allCases.map {
        "\($0.rawValue)=true|false (\($0.isBeta ? "BETA - default=true" : "ALPHA - default=false"))"
    }

    @Option(help: "Comma separated key=value pairs: \(known.joined(separator: ", ")).")
    var featureGates: String?

    @Option(
        help: """
            Comma separated key=value pairs: which group/version or group/version/resource is served; api/all, api/ga, \
            api/beta and api/alpha stand for many.
            """)
    var runtimeConfig: String?

    func gates() throws -> FeatureGates {
        do throws(ConfigurationError) { return try FeatureGates(parsing: featureGates ?? "") } catch {
            throw ValidationError(
                "invalid argument \"\(featureGates ?? "")\" for \"--feature-gates\": \(error.message)")
        }
    }

    func enablement() throws -> APIEnablement {
        do throws(ConfigurationError) { return try APIEnablement(parsing: runtimeConfig ?? "") } catch {
            throw ValidationError(error.message)
        }
    }

    func validate() throws {
        _ = try gates()
        _ = try enablement()
    }

    var arguments: [String] {
        var arguments = OptionArguments()
        arguments.add("--feature-gates", featureGates)
        arguments.add("--runtime-config", runtimeConfig)
        return arguments.all
    }
}
