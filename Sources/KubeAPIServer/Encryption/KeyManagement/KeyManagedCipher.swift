internal import Crypto
internal import Determinism
internal import Synchronization

/// Envelope encryption with a key management service, as KMS v2 of upstream.
///
/// Values are encrypted with a seed of our own, which the service has encrypted; so writing needs no call, and reading
/// needs one for every seed, not for every value. The service is asked how it fares every minute; when it has another
/// key, there is another seed. While it is ill, what is known stays readable, and writes go on for three minutes.
final class KeyManagedCipher: Cipher {
    static let healthyInterval = Duration.seconds(60)
    static let unhealthyInterval = Duration.seconds(10)
    static let writingMax = Duration.seconds(180)
    /// Seeds that are remembered; there is one for every start of a server and every change of the key.
    static let seedsMax = 1000

    private static let versions: Set<String> = ["v2", "v2beta1"]

    private struct Writing {
        var sealed: SealedSeed
        var cipher: SeedCipher
        var expires: Timestamp
    }

    private struct State {
        var writing: Writing?
        var version: String?
        var problem: String? = "the key management service has not been asked yet"
        var seeds: [SealedSeed: any Cipher] = [:]
        /// The same, the oldest first.
        var order: [SealedSeed] = []
    }

    let name: String
    private let manager: any KeyManager
    private let time: any Timekeeper
    private let random: any RandomSource
    private let state = Mutex(State())

    init(name: String, manager: any KeyManager, time: any Timekeeper, random: any RandomSource) {
        self.name = name
        self.manager = manager
        self.time = time
        self.random = random
    }

    var prefix: [UInt8] { Array("k8s:enc:kms:v2:\(name):".utf8) }

    /// What is wrong; `nil` when nothing is.
    var problem: String? { state.withLock { $0.problem } }

    // MARK: Values

    func seal(_ bytes: [UInt8], at place: String, random: any RandomSource) throws -> [UInt8] {
        guard let writing = state.withLock({ $0.writing }) else {
            throw CipherError("kms-provider \(name): \(problem ?? "no key")")
        }
        let now = time.now
        guard now <= writing.expires else {
            throw CipherError(
                "encryptedDEKSource with keyID hash \"\(Self.hash(writing.sealed.keyID))\" expired at "
                    + "\(writing.expires) "
                    + "(current time is \(now))")
        }
        let data = try writing.cipher.seal(bytes, at: place, random: random)
        return try SealedObject(seed: writing.sealed, data: data).bytes()
    }

    func open(_ bytes: ArraySlice<UInt8>, at place: String) throws -> [UInt8] {
        let object = try SealedObject(bytes)
        guard let cipher = state.withLock({ $0.seeds[object.seed] }) else { throw SeedNotAtHand() }
        return try cipher.open(object.data[...], at: place)
    }

    /// Asks for the seed of a value, unless it is known.
    func prepare(_ bytes: ArraySlice<UInt8>) async throws {
        let sealed = try SealedObject(bytes).seed
        if state.withLock({ $0.seeds[sealed] != nil }) { return }
        let seed: [UInt8]
        do { seed = try await manager.decrypt(sealed, uid: random.uuid()) } catch {
            throw CipherError("failed to decrypt DEK, error: \(error)")
        }
        remember(sealed, sealed.kind == .seed ? try SeedCipher(seed) : GCMCipher(seed))
    }

    private func remember(_ sealed: SealedSeed, _ cipher: any Cipher) {
        state.withLock { state in
            if state.seeds.updateValue(cipher, forKey: sealed) == nil { state.order.append(sealed) }
            guard state.order.count > Self.seedsMax else { return }
            state.seeds[state.order.removeFirst()] = nil
        }
    }

    // MARK: The service

    /// Asks the service how it fares, and makes a new seed when its key has changed. Returns how long to wait.
    func probe() async -> Duration {
        let problem = await probed()
        state.withLock { $0.problem = problem }
        return problem == nil ? Self.healthyInterval : Self.unhealthyInterval
    }

    private func probed() async -> String? {
        let status: KeyManagerStatus
        do { status = try await manager.status() } catch {
            return "failed to perform status section of the healthz check for KMS Provider \(name), error: \(error)"
        }
        var problems: [String] = []
        if status.health != "ok" { problems.append("got unexpected healthz status: \(status.health)") }
        if let problem = problem(ofVersion: status.version) { problems.append(problem) }
        if let problem = SealedSeed.problem(ofKeyID: status.keyID) {
            problems.append("got invalid KMSv2 KeyID hash \"\(Self.hash(status.keyID))\": \(problem)")
        } else if let problem = await rotate(to: status.keyID) {
            problems.append(problem)
        }
        guard !problems.isEmpty else { return nil }
        let all = problems.count == 1 ? problems[0] : "[" + problems.joined(separator: ", ") + "]"
        return "kmsv2 Provider \(name) is not healthy, error: \(all)"
    }

    private func problem(ofVersion version: String) -> String? {
        guard Self.versions.contains(version) else { return "expected KMSv2 API version v2, got \(version)" }
        return state.withLock { state in
            let first = state.version ?? version
            state.version = first
            guard first != version else { return nil }
            return "KMSv2 API version should not change after the initial status response version "
                + "\(first), got \(version)"
        }
    }

    /// Takes a new seed if the service has a new key; else the seed may be used for longer. A failure leaves the seed.
    private func rotate(to keyID: String) async -> String? {
        let expires = time.now + Self.writingMax
        let isCurrent = state.withLock { state in
            guard state.writing?.sealed.keyID == keyID else { return false }
            state.writing?.expires = expires
            return true
        }
        if isCurrent { return nil }
        let uid = random.uuid()
        var failure = "<nil>"
        var given = ""
        do {
            let seed = random.bytes(SeedCipher.seedLength)
            let sealed = try await manager.encrypt(seed, uid: uid)
            given = sealed.keyID
            try sealed.check()
            if sealed.keyID == keyID {
                let cipher = try SeedCipher(seed)
                remember(sealed, cipher)
                state.withLock { $0.writing = Writing(sealed: sealed, cipher: cipher, expires: expires) }
                return nil
            }
        } catch {
            failure = "failed to encrypt DEK, error: \(error)"
        }
        return "failed to rotate DEK uid=\"\(uid)\", useSeed=true, errGen=\(failure), "
            + "statusKeyIDHash=\"\(Self.hash(keyID))\", "
            + "encryptKeyIDHash=\"\(Self.hash(given))\""
    }

    private static func hash(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        let digits = SHA256.hash(data: Array(text.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "sha256:" + digits.joined()
    }
}

/// A value cannot be read before its seed has been asked for.
struct SeedNotAtHand: Error {}
