/// Asks one resolver after the other, and follows aliases between them.
package struct ResolverChain: Sendable {
    /// How many aliases lead from name to name before we give up.
    package static let aliasesMax = 8

    /// What the cluster knows about a question.
    package enum Outcome: Equatable, Sendable {
        case answered(ResolvedAnswer)
        /// Somebody outside has to be asked; `aliases` led there.
        case elsewhere(DNSQuestion, aliases: [ResourceRecord])
    }

    private let resolvers: [any DNSResolver]
    private let zone: ZoneResolver

    /// The resolvers of a cluster, in the order they are asked.
    package init(_ zone: ClusterZone, _ index: NameIndex) {
        self.zone = ZoneResolver(zone, index)
        resolvers = [
            ServiceResolver(zone, index), PodNameResolver(zone, index), self.zone, ReverseResolver(zone, index),
        ]
    }

    package func resolve(_ question: DNSQuestion) -> Outcome {
        var question = question
        var aliases: [ResourceRecord] = []
        while true {
            switch local(question) {
            case nil:
                return .elsewhere(question, aliases: aliases)
            case .alias(let record, let target):
                aliases.append(record)
                guard aliases.count <= Self.aliasesMax else {
                    return .answered(ResolvedAnswer(code: .serverFailure, isAuthoritative: true))
                }
                question.name = target
            case .records(let records, let additionals):
                return .answered(
                    ResolvedAnswer(isAuthoritative: true, answers: aliases + records, additionals: additionals))
            case .noData:
                return .answered(negative(.noError, aliases))
            case .noName:
                return .answered(negative(.nameError, aliases))
            }
        }
    }

    private func local(_ question: DNSQuestion) -> LocalAnswer? {
        for resolver in resolvers {
            if let answer = resolver.resolve(question) { return answer }
        }
        return nil
    }

    private func negative(_ code: ResponseCode, _ aliases: [ResourceRecord]) -> ResolvedAnswer {
        ResolvedAnswer(code: code, isAuthoritative: true, answers: aliases, authorities: [zone.authority])
    }
}

/// The answer to a question, before it is put into a message for a particular client.
package struct ResolvedAnswer: Equatable, Sendable {
    package var code = ResponseCode.noError
    package var isAuthoritative = false
    package var answers: [ResourceRecord] = []
    package var authorities: [ResourceRecord] = []
    package var additionals: [ResourceRecord] = []

    package init(
        code: ResponseCode = .noError, isAuthoritative: Bool = false, answers: [ResourceRecord] = [],
        authorities: [ResourceRecord] = [], additionals: [ResourceRecord] = []
    ) {
        self.code = code
        self.isAuthoritative = isAuthoritative
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
    }
}
