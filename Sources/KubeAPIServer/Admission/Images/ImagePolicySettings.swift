internal import APIMachinery
package import ClusterPKI
internal import Determinism

/// What ``ImagePolicyWebhook`` is told: whom it asks, and for how long it remembers the answers.
package struct ImagePolicySettings: Sendable {
    package var kubeconfig: Kubeconfig
    package var allowedLifetime: Duration
    package var deniedLifetime: Duration
    /// Before the first repetition of a question that was not answered.
    package var retryPause: Duration
    /// Whether images are good when nobody answers.
    package var allowsOnFailure: Bool

    /// Reads the plugin's file; throws upstream's words.
    package init(_ bytes: [UInt8]) throws(ConfigurationError) {
        let documents: [Value]
        do throws(YAMLError) { documents = try YAML.parse(bytes) } catch { throw ConfigurationError(error.message) }
        let policy = documents.first?["imagePolicy"] ?? .emptyObject
        retryPause = try Self.duration(
            policy["retryBackoff"], unit: .milliseconds(1), above: .nanoseconds(1), upTo: .seconds(300),
            usually: .milliseconds(500))
        let longest = Duration.seconds(1800)
        allowedLifetime = try Self.duration(
            policy["allowTTL"], unit: .seconds(1), above: .seconds(1), upTo: longest, usually: .seconds(300))
        deniedLifetime = try Self.duration(
            policy["denyTTL"], unit: .seconds(1), above: .seconds(1), upTo: longest, usually: .seconds(30))
        allowsOnFailure = policy["defaultAllow"]?.boolValue ?? false
        do { kubeconfig = try Kubeconfig.load(policy["kubeConfigFile"]?.stringValue ?? "") } catch {
            throw ConfigurationError("\(error)")
        }
    }

    /// -1 turns it off, 0 or nothing is the usual.
    private static func duration(
        _ value: Value?, unit: Duration, above least: Duration, upTo most: Duration, usually: Duration
    ) throws(ConfigurationError) -> Duration {
        let number = value?.integerValue ?? 0
        if number == -1 { return .zero }
        if number == 0 { return usually }
        guard let count = Int32(exactly: number), unit * Int(count) > least, unit * Int(count) <= most else {
            throw ConfigurationError(
                "valid value is between \(text(least)) and \(text(most)), got \(text(unit * Int(clamping: number)))")
        }
        return unit * Int(count)
    }

    private static func text(_ duration: Duration) -> String {
        DurationText.text(nanoseconds: duration.wholeNanoseconds)
    }
}
