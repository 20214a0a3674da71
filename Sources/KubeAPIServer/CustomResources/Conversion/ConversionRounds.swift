internal import APIMachinery
internal import Synchronization

/// Lets a computation convert objects in its midst though it cannot wait: what it lacks is noted and asked for, and the
/// computation done again, until it lacks nothing.
final class ConversionRounds: Sendable {
    /// Server-side apply converts what was and what will be, and then there and back, for each version that somebody
    /// wrote in.
    static let roundsMax = 16

    private struct Wish: Hashable {
        let object: [UInt8]
        let version: GroupVersion
    }

    private struct State {
        var known: [Wish: Value] = [:]
        var lacking: [Wish: Value] = [:]
    }

    private let conversion: CustomConversion
    private let state = Mutex(State())

    init(_ conversion: CustomConversion) { self.conversion = conversion }

    /// The object in another version, with that one's schema; `nil` for a version that is gone or yet to be asked for.
    func convert(_ object: Value, _ apiVersion: String) -> (object: Value, schema: SchemaType?)? {
        let version = GroupVersion(apiVersion)
        guard let schema = conversion.schema(of: version) else { return nil }
        if object["apiVersion"]?.stringValue == apiVersion { return (object, schema) }
        let wish = Wish(object: object.json, version: version)
        return state.withLock { state in
            if let known = state.known[wish] { return (known, schema) }
            state.lacking[wish] = object
            return nil
        }
    }

    func run<Outcome>(
        _ compute: () throws(StatusError) -> Outcome
    ) async throws(StatusError) -> Outcome {
        for _ in 1...Self.roundsMax {
            let outcome: Result<Outcome, StatusError>
            do throws(StatusError) { outcome = .success(try compute()) } catch { outcome = .failure(error) }
            let lacking = state.withLock { state in
                defer { state.lacking = [:] }
                return state.lacking
            }
            if lacking.isEmpty { return try outcome.get() }
            for (wish, object) in lacking {
                let converted = try await conversion.convert(object, to: wish.version)
                state.withLock { $0.known[wish] = converted }
            }
        }
        throw .internalError("the versions of an object do not settle")
    }
}
