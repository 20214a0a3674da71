internal import APIMachinery

/// Which addresses and node ports services hold: those of stored services, and for a moment those
/// that were given out but are not stored yet. A value; ``ServiceAllocation`` guards it.
struct ServiceNumbers {
    enum Number: Hashable {
        case address(IPAddress)
        case port(Int)

        var address: IPAddress? {
            switch self {
            case .address(let address): address
            case .port: nil
            }
        }
    }

    /// How long a number that was given out may take to appear in a stored service.
    static let reservation = Duration.seconds(30)

    private struct Promise {
        var owner: String
        var end: Duration
        /// The number was not asked for.
        var isChosen: Bool
    }

    private var owners: [Number: String] = [:]
    private var held: [String: Set<Number>] = [:]
    private var promised: [Number: Promise] = [:]
    private var noted: [IPAddress: Note] = [:]

    /// An IPAddress object.
    struct Note {
        /// The service that the address is for; empty: something else.
        var holder: String
        var uid: String
    }

    /// What a service has got, and what it has no more: by address, the UID of the object that says so.
    typealias News = (taken: [IPAddress], released: [IPAddress: String])

    /// Takes over what a stored service holds, nothing when it is gone.
    mutating func put(_ numbers: Set<Number>, of key: String) -> News {
        let before = held[key] ?? []
        defer { held[key] = numbers.isEmpty ? nil : numbers }
        guard numbers != before else { return ([], [:]) }
        for number in before where owners[number] == key { owners[number] = nil }
        for number in numbers {
            owners[number] = key
            promised[number] = nil
        }
        var news: News = (numbers.subtracting(before).compactMap(\.address), [:])
        for address in before.subtracting(numbers).compactMap(\.address) {
            if let note = noted[address], note.holder == key { news.released[address] = note.uid }
        }
        return news
    }

    /// Takes over whose an address is, `nil` when its object is gone; the service that has the address.
    mutating func note(_ address: IPAddress, _ note: Note?) -> String? {
        noted[address] = note
        return owners[.address(address)]
    }

    /// Whether a service may have the number.
    func isFree(_ number: Number, for key: String, at now: Duration) -> Bool {
        if let address = number.address, let note = noted[address], note.holder != key { return false }
        if let owner = owners[number] { return owner == key }
        guard let promise = promised[number] else { return true }
        return promise.owner == key || promise.end <= now
    }

    /// Holds a number for a service until that is stored; whether that was needed.
    mutating func promise(_ number: Number, to key: String, isChosen: Bool, at now: Duration) -> Bool {
        guard owners[number] == nil else { return false }
        promised = promised.filter { $0.value.end > now }
        promised[number] = Promise(owner: key, end: now + Self.reservation, isChosen: isChosen)
        return true
    }

    mutating func takeBack(_ number: Number) { promised[number] = nil }

    func wasChosen(_ number: Number) -> Bool { promised[number]?.isChosen ?? false }

    /// The numbers that a service object holds.
    static func of(_ service: Value) -> Set<Number> {
        var numbers: Set<Number> = []
        let spec = service["spec"]
        for address in ServiceAddress.addresses(of: service) { numbers.insert(.address(address)) }
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
