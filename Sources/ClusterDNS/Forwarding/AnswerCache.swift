/// Answers from outside, for as long as they may be believed.
///
/// Bounded by two generations: what is asked for moves to the young one, and when that is full the old
/// one is forgotten.
struct AnswerCache {
    /// Entries of one generation.
    static let generationMax = 5_000
    /// Answers are believed no longer, whatever they say; as kubeadm configures CoreDNS.
    static let believed = Duration.seconds(30)

    private struct Entry {
        var answer: ResolvedAnswer
        var stored: Duration
        var expires: Duration
    }

    private var young: [DNSQuestion: Entry] = [:]
    private var old: [DNSQuestion: Entry] = [:]

    var count: Int { young.count + old.count }

    /// The answer with what is left of its time; `nil` when there is none.
    mutating func answer(to question: DNSQuestion, at now: Duration) -> ResolvedAnswer? {
        if let entry = young[question] { return entry.expires > now ? Self.aged(entry, now) : nil }
        guard let entry = old.removeValue(forKey: question), entry.expires > now else { return nil }
        insert(entry, question)
        return Self.aged(entry, now)
    }

    /// Keeps the answer if it says for how long.
    mutating func store(_ answer: ResolvedAnswer, for question: DNSQuestion, at now: Duration) {
        guard let seconds = Self.lifetime(answer), seconds > 0 else { return }
        let lifetime = min(.seconds(Int64(seconds)), Self.believed)
        insert(Entry(answer: answer, stored: now, expires: now + lifetime), question)
    }

    private mutating func insert(_ entry: Entry, _ question: DNSQuestion) {
        if young.count >= Self.generationMax {
            old = young
            young = [:]
        }
        young[question] = entry
    }

    /// Seconds; `nil` when the answer must not be kept. Denials say it in their SOA record (RFC 2308).
    private static func lifetime(_ answer: ResolvedAnswer) -> UInt32? {
        guard answer.code == .noError || answer.code == .nameError else { return nil }
        let leastTTL = answer.answers.map(\.ttl).min()
        let isDenial = answer.code == .nameError || answer.answers.allSatisfy { $0.type == .cname }
        guard isDenial else { return leastTTL }
        for record in answer.authorities {
            guard case .authority(let zone) = record.data else { continue }
            return min(record.ttl, zone.minimum, leastTTL ?? .max)
        }
        return nil
    }

    private static func aged(_ entry: Entry, _ now: Duration) -> ResolvedAnswer {
        let age = UInt32(clamping: (now - entry.stored).components.seconds)
        let most = UInt32(clamping: (entry.expires - entry.stored).components.seconds)
        func aged(_ records: [ResourceRecord]) -> [ResourceRecord] {
            records.map { record in
                var record = record
                let ttl = min(record.ttl, most)
                record.ttl = ttl > age ? ttl - age : 0
                return record
            }
        }
        var answer = entry.answer
        answer.answers = aged(answer.answers)
        answer.authorities = aged(answer.authorities)
        answer.additionals = aged(answer.additionals)
        return answer
    }
}
