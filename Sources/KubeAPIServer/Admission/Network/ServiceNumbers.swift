internal import APIMachinery

/// Which addresses and node ports services hold: those of stored services, and for a moment those
/// that were given out but are not stored yet. A value; ``ServiceAllocation`` guards it.
struct ServiceNumbers {
    enum Number: Hashable {
        case address(IPAddress)
        case port(Int)
    }

    /// How long a number that was given out may take to appear in a stored service.
    static let reservation = Duration.seconds(30)

    private struct Promise {
        var owner: String
        var end: Duration
    }

    private var owners: [Number: String] = [:]
    private var held: [String: Set<Number>] = [:]
    private var promised: [Number: Promise] = [:]

    /// Takes over what a stored service holds; nothing when it is gone.
    mutating func put(_ numbers: Set<Number>, of key: String) {
        for number in held[key] ?? [] where owners[number] == key { owners[number] = nil }
        held[key] = numbers.isEmpty ? nil : numbers
        for number in numbers {
            owners[number] = key
            promised[number] = nil
        }
    }

    /// Whether a service may have the number.
    func isFree(_ number: Number, for key: String, at now: Duration) -> Bool {
        if let owner = owners[number] { return owner == key }
        guard let promise = promised[number] else { return true }
        return promise.owner == key || promise.end <= now
    }

    mutating func promise(_ number: Number, to key: String, at now: Duration) {
        guard owners[number] == nil else { return }
        promised = promised.filter { $0.value.end > now }
        promised[number] = Promise(owner: key, end: now + Self.reservation)
    }

    /// The numbers that a service object holds.
    static func of(_ service: Value) -> Set<Number> {
        var numbers: Set<Number> = []
        let spec = service["spec"]
        let addresses = spec?["clusterIPs"]?.arrayValue ?? spec?["clusterIP"].map { [$0] } ?? []
        for address in addresses.compactMap({ $0.stringValue }).compactMap({ IPAddress($0) }) {
            numbers.insert(.address(address))
        }
        for port in spec?["ports"]?.arrayValue ?? [] {
            if let number = port["nodePort"]?.integerValue, number > 0 { numbers.insert(.port(Int(number))) }
        }
        if let number = spec?["healthCheckNodePort"]?.integerValue, number > 0 { numbers.insert(.port(Int(number))) }
        return numbers
    }
}

/// A range of numbers, of which the lower part is left to those who choose for themselves.
struct NumberRange {
    let first: UInt64
    let count: UInt64
    let reserved: UInt64

    /// The addresses of a block without its first and last.
    init(addresses block: CIDR) {
        let hosts = UInt64(1) << UInt64(min(block.address.bitCount - block.prefixLength, 62))
        first = 1
        count = hosts > 2 ? hosts - 2 : 1
        reserved = min(max(16, count / 16), 256) < count ? min(max(16, count / 16), 256) : 0
    }

    init(ports: ClosedRange<Int>) {
        first = UInt64(ports.lowerBound)
        count = UInt64(ports.count)
        let wanted = min(max(16, count / 32), 128)
        reserved = count > 16 && wanted < count ? wanted : 0
    }

    /// A free number: from a random place upwards in the upper part, then in the lower.
    func pick(random: UInt64, isFree: (UInt64) -> Bool) -> UInt64? {
        let upper = count - reserved
        let start = random % upper
        for step in 0..<upper {
            let number = first + reserved + (start + step) % upper
            if isFree(number) { return number }
        }
        guard reserved > 0 else { return nil }
        let low = random % reserved
        for step in 0..<reserved {
            let number = first + (low + step) % reserved
            if isFree(number) { return number }
        }
        return nil
    }
}
