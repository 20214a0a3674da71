package import APIClient
package import APITypes
package import Determinism
internal import Synchronization

/// Tokens of service accounts, bound to their pods, renewed when four fifths of their life are over.
package final class TokenStore: ServiceAccountTokenSource, Sendable {
    /// No token is kept longer than this, however long it would be good.
    package static let keptMax = Duration.seconds(24 * 3600)
    /// No token is asked for more often than this, however short its life (or however wrong a clock) is.
    package static let keptMin = Duration.seconds(10)

    private struct Key: Hashable {
        let pod: String
        let audience: String
        let seconds: Int64
    }

    private struct Token {
        let text: String
        let renewAt: Timestamp
    }

    private let client: APIClient
    private let time: any Timekeeper
    private let tokens = Mutex<[Key: Token]>([:])

    package init(client: APIClient, time: any Timekeeper) {
        self.client = client
        self.time = time
    }

    package func token(for pod: Pod, audience: String, expirationSeconds: Int64) async throws -> String {
        let key = Key(pod: pod.metadata.uid, audience: audience, seconds: expirationSeconds)
        let now = time.now
        if let token = tokens.withLock({ $0[key] }), now < token.renewAt { return token.text }
        var request = TokenRequest()
        request.spec.audiences = audience.isEmpty ? [] : [audience]
        request.spec.expirationSeconds = expirationSeconds
        var bound = BoundObjectReference()
        bound.apiVersion = "v1"
        bound.kind = "Pod"
        bound.name = pod.metadata.name
        bound.uid = pod.metadata.uid
        request.spec.boundObjectRef = bound
        let account = pod.spec.serviceAccountName.isEmpty ? "default" : pod.spec.serviceAccountName
        let answer = try await client.createSubresource(
            ServiceAccount.self, account, namespace: pod.metadata.namespace, "token", request,
            answer: TokenRequest.self)
        let expiry = answer.status.expirationTimestamp ?? now + .seconds(expirationSeconds)
        let kept = max(min((expiry - now) * 4 / 5, Self.keptMax), Self.keptMin)
        tokens.withLock { $0[key] = Token(text: answer.status.token, renewAt: now + kept) }
        return answer.status.token
    }

    /// How long until one of the pod's tokens should be renewed.
    package func renewal(forPod uid: String) -> Duration? {
        let now = time.now
        let next = tokens.withLock { $0.filter { $0.key.pod == uid }.map(\.value.renewAt).min() }
        return next.map { max($0 - now, .seconds(1)) }
    }

    package func forget(_ uid: String) { tokens.withLock { $0 = $0.filter { $0.key.pod != uid } } }
}
