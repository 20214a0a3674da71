package import APIMachinery
internal import APIRules
internal import CEL

/// Somebody else whose tokens are believed (a `jwt` entry of an AuthenticationConfiguration), read and compiled.
package struct TokenIssuer: Sendable {
    /// A claim of the token, with something in front, or an expression over all claims.
    enum Mapping: Sendable {
        case claim(String, prefix: String)
        case expression(PolicyExpression)
        case none
    }

    struct Rule: Sendable {
        let expression: PolicyExpression
        let message: String
    }

    package var url: String
    /// Where its keys are asked for, if not below its own URL.
    package var discoveryURL = ""
    /// PEM; empty trusts the machine's own authorities.
    package var authority: [UInt8] = []
    package var audiences: [String]
    package var algorithms: Set<String> = ["RS256"]
    var username = Mapping.none
    var groups = Mapping.none
    var uid = Mapping.none
    var extra: [(key: String, expression: PolicyExpression)] = []
    var requiredClaims: [(claim: String, value: String)] = []
    var claimRules: [Rule] = []
    var userRules: [Rule] = []

    package init(url: String, audiences: [String]) {
        self.url = url
        self.audiences = audiences
    }
}

/// Why a token that is signed does not let anybody in; logged, never told.
package struct ClaimError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    init(_ message: String) { self.message = "oidc: " + message }
}

// MARK: Users

extension TokenIssuer {
    /// The user that the claims speak of, if all rules hold. Pure.
    package func user(_ claims: Value) throws(ClaimError) -> UserInfo {
        let activation = CELActivation(["claims": CELValue(claims)])
        var user = UserInfo(name: try name(claims, activation))
        user.groups = try texts(groups, "groups", claims, activation)
        user.uid = try uniqueID(claims, activation)
        user.extra = try extras(claims, activation)
        for (claim, wanted) in requiredClaims {
            guard let value = claims[claim] else { throw ClaimError("required claim \(claim) not present in ID token") }
            guard let text = value.stringValue else { throw ClaimError("parse claim \(claim): it is no string") }
            guard text == wanted else {
                throw ClaimError("required claim \(claim) value does not match. Got = \(text), want = \(wanted)")
            }
        }
        try check(claimRules, activation, "claim validation expression")
        if !userRules.isEmpty {
            try check(userRules, CELActivation(["user": CELValue(Self.value(of: user))]), "user info validation rule")
        }
        return user
    }

    private func name(_ claims: Value, _ activation: CELActivation) throws(ClaimError) -> String {
        switch username {
        case .none:
            throw ClaimError("no claim is mapped to the username")
        case .expression(let expression):
            let value = try Self.evaluate(expression, activation, "username claim expression")
            guard let text = value.stringValue else {
                throw ClaimError(
                    "error evaluating username claim expression: username claim expression must return a string")
            }
            guard !text.isEmpty else { throw ClaimError("empty username via CEL expression is not allowed") }
            return text
        case .claim(let claim, let prefix):
            guard let text = claims[claim]?.stringValue else {
                throw ClaimError("parse username claims \"\(claim)\": claim not present")
            }
            if claim == "email", let isVerified = claims["email_verified"] {
                guard let isVerified = isVerified.boolValue else {
                    throw ClaimError("parse 'email_verified' claim: it is no boolean")
                }
                guard isVerified else { throw ClaimError("email not verified") }
            }
            return prefix + text
        }
    }

    private func texts(
        _ mapping: Mapping, _ name: String, _ claims: Value, _ activation: CELActivation
    ) throws(ClaimError) -> [String] {
        switch mapping {
        case .none:
            return []
        case .claim(let claim, let prefix):
            switch claims[claim] {
            case nil, .null: return []
            case .string(let text): return [prefix + text]
            case .array(let items) where items.allSatisfy({ $0.stringValue != nil }):
                return items.compactMap { $0.stringValue.map { prefix + $0 } }
            case _: throw ClaimError("parse \(name) claim \"\(claim)\": it is neither a string nor a list of strings")
            }
        case .expression(let expression):
            let what = "group claim expression"
            return try Self.strings(try Self.evaluate(expression, activation, what), what)
        }
    }

    private func uniqueID(_ claims: Value, _ activation: CELActivation) throws(ClaimError) -> String {
        switch uid {
        case .none:
            return ""
        case .claim(let claim, _):
            guard let text = claims[claim]?.stringValue else {
                throw ClaimError("parse uid claim \"\(claim)\": claim not present")
            }
            return text
        case .expression(let expression):
            guard let text = try Self.evaluate(expression, activation, "uid claim expression").stringValue else {
                throw ClaimError("error evaluating uid claim expression: uid claim expression must return a string")
            }
            return text
        }
    }

    private func extras(_ claims: Value, _ activation: CELActivation) throws(ClaimError) -> [String: [String]] {
        var extra: [String: [String]] = [:]
        if let id = claims["jti"]?.stringValue, !id.isEmpty {
            extra["authentication.kubernetes.io/credential-id"] = ["JTI=\(id)"]
        }
        for (key, expression) in self.extra {
            let what = "extra claim expression"
            let value = try Self.evaluate(expression, activation, what)
            let values = try Self.strings(value, "\(what): \(expression.text)")
            if !values.isEmpty { extra[key] = values }
        }
        return extra
    }

    private func check(_ rules: [Rule], _ activation: CELActivation, _ what: String) throws(ClaimError) {
        for rule in rules {
            guard let holds = try Self.evaluate(rule.expression, activation, what).boolValue else {
                throw ClaimError("error evaluating \(what): validation expression must return a boolean")
            }
            guard holds else {
                throw ClaimError(
                    "error evaluating \(what): validation expression '\(rule.expression.text)' failed: \(rule.message)")
            }
        }
    }

    private static func evaluate(
        _ expression: PolicyExpression, _ activation: CELActivation, _ what: String
    ) throws(ClaimError) -> CELValue {
        var budget = AdmissionExpressions.costBudget
        do throws(PolicyExpression.Failure) { return try expression.evaluate(activation, &budget) } catch {
            throw ClaimError("error evaluating \(what): \(error.message)")
        }
    }

    /// A string or a list of strings; empty ones count as none.
    private static func strings(_ value: CELValue, _ what: String) throws(ClaimError) -> [String] {
        switch value {
        case .null: return []
        case .string(let text): return text.isEmpty ? [] : [text]
        case .list(let list):
            let texts = list.values.map(\.stringValue)
            guard !texts.contains(nil) else { break }
            return texts.compactMap { $0 }.filter { !$0.isEmpty }
        default: break
        }
        throw ClaimError("error evaluating \(what): expression must return a string or a list of strings")
    }

    private static func value(of user: UserInfo) -> Value {
        var extra = Value.emptyObject
        for (key, values) in user.extra { extra[key] = .strings(values) }
        return [
            "username": .string(user.name), "uid": .string(user.uid), "groups": .strings(user.groups), "extra": extra,
        ]
    }
}
