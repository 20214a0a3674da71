package import APIClient
package import APIMachinery
internal import APITypes
package import Determinism
internal import Synchronization

/// The way to an API server as one service account: each request shows a token of the account.
///
/// Tokens are asked for when one is needed, so that who is silent asks for none. The account is made when it is not
/// there.
package final class ServiceAccountTransport: APITransport {
    private struct State {
        var token: AccountToken?
        /// Who asks while a token is on its way waits for the same one.
        var request: Task<Result<AccountToken, StatusError>, Never>?
    }

    private let account: ObjectKey
    private let bare: any APITransport
    private let issuer: APIClient
    private let time: any Timekeeper
    private let state = Mutex(State())

    /// - bare: a way to the server that shows no certificate.
    /// - issuer: may make service accounts, and tokens of theirs.
    package init(account: ObjectKey, bare: any APITransport, issuer: APIClient, time: any Timekeeper) {
        self.account = account
        self.bare = bare
        self.issuer = issuer
        self.time = time
    }

    package func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
        let token = try await currentToken()
        do throws(StatusError) { return try await bare.send(signed(request, token)) } catch {
            guard error.reason == .unauthorized else { throw error }
            return try await bare.send(signed(request, try await currentToken(after: token)))
        }
    }

    package func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let token = try await currentToken()
        do throws(StatusError) { return try await bare.watch(signed(request, token)) } catch {
            guard error.reason == .unauthorized else { throw error }
            return try await bare.watch(signed(request, try await currentToken(after: token)))
        }
    }

    private func signed(_ request: APIRequest, _ token: AccountToken) -> APIRequest {
        var request = request
        request.bearerToken = token.text
        return request
    }

    /// - refused: a token that the server takes no more: the account was made anew, or the server has a new key.
    private func currentToken(after refused: AccountToken? = nil) async throws(StatusError) -> AccountToken {
        let uptime = time.uptime
        let found: (token: AccountToken?, request: Task<Result<AccountToken, StatusError>, Never>?) = state.withLock {
            if let token = $0.token, token != refused, !token.isDue(uptime) { return (token, nil) }
            if let request = $0.request { return (nil, request) }
            // A task of its own: the first who asked may be cancelled, and the others still need the token.
            let request = Task { await self.fetch() }
            $0.request = request
            return (nil, request)
        }
        if let token = found.token { return token }
        guard let request = found.request else { throw .internalError("no token was asked for") }
        return try await request.value.get()
    }

    private func fetch() async -> Result<AccountToken, StatusError> {
        let result: Result<AccountToken, StatusError>
        do throws(StatusError) { result = .success(try await issue()) } catch { result = .failure(error) }
        state.withLock { state in
            state.request = nil
            // After a failure the old one is as good as it was.
            if case .success(let token) = result { state.token = token }
        }
        return result
    }

    private func issue() async throws(StatusError) -> AccountToken {
        do throws(StatusError) { return try await ask() } catch {
            guard error.reason == .notFound else { throw error }
            try await makeAccount()
            return try await ask()
        }
    }

    private func ask() async throws(StatusError) -> AccountToken {
        var request = TokenRequest()
        request.spec.expirationSeconds = AccountToken.lifetime.components.seconds
        let requested = time.uptime
        let answer = try await issuer.createSubresource(
            ServiceAccount.self, account.name, namespace: account.namespace, "token", request,
            answer: TokenRequest.self)
        return AccountToken(answer, requested: requested)
    }

    private func makeAccount() async throws(StatusError) {
        var wanted = ServiceAccount()
        wanted.metadata.name = account.name
        wanted.metadata.namespace = account.namespace
        do throws(StatusError) { _ = try await issuer.create(wanted) } catch {
            guard error.reason == .alreadyExists else { throw error }
        }
    }
}
