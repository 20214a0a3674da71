package import APIMachinery
internal import APIRules
internal import CEL
internal import ClusterPKI

extension TokenIssuer {
    /// The fields of a `jwt` entry.
    static let shape: ConfigurationShape = .object([
        "issuer": .object([
            "url": .string, "discoveryURL": .string, "certificateAuthority": .string, "audiences": .strings,
            "audienceMatchPolicy": .string, "egressSelectorType": .string,
        ]),
        "claimValidationRules": .list(
            .object(["claim": .string, "requiredValue": .string, "expression": .string, "message": .string])),
        "claimMappings": .object([
            "username": .object(["claim": .string, "prefix": .string, "expression": .string]),
            "groups": .object(["claim": .string, "prefix": .string, "expression": .string]),
            "uid": .object(["claim": .string, "expression": .string]),
            "extra": .list(.object(["key": .string, "valueExpression": .string])),
        ]),
        "userValidationRules": .list(.object(["expression": .string, "message": .string])),
    ])

    /// Reads a `jwt` entry, and adds what is wrong with it to the errors; upstream's rules and words
    /// (`apiserver/pkg/apis/apiserver/validation/validation.go`).
    init(_ value: Value, _ path: String, disallowed: [String], errors: inout [FieldError]) {
        let issuer = value["issuer"] ?? .emptyObject
        self.init(url: issuer.text("url"), audiences: issuer.texts("audiences"))
        // Any of them that can be checked: unlike the flags, the file does not limit them.
        algorithms = Set(JSONWebKeySet.algorithms)
        discoveryURL = issuer.text("discoveryURL")
        authority = Array(issuer.text("certificateAuthority").utf8)
        errors += IssuerRules.errors(issuer, "\(path).issuer", disallowed)
        readClaimRules(value, "\(path).claimValidationRules", &errors)
        readMappings(value["claimMappings"] ?? .emptyObject, "\(path).claimMappings", &errors)
        readUserRules(value, "\(path).userValidationRules", &errors)
    }

    private mutating func readClaimRules(_ value: Value, _ path: String, _ errors: inout [FieldError]) {
        var seen: Set<String> = []
        for (index, rule) in value.items("claimValidationRules").enumerated() {
            let place = "\(path)[\(index)]"
            let (claim, expression) = (rule.text("claim"), rule.text("expression"))
            switch (claim.isEmpty, expression.isEmpty) {
            case (false, false): errors.append(.invalid(place, claim, "claim and expression can't both be set"))
            case (true, true): errors.append(.required(place, "claim or expression is required"))
            case (false, true):
                let message = rule.text("message")
                if !message.isEmpty {
                    errors.append(.invalid("\(place).message", message, "may not be specified when claim is set"))
                }
                if !seen.insert("claim \(claim)").inserted { errors.append(.duplicate("\(place).claim", claim)) }
                requiredClaims.append((claim, rule.text("requiredValue")))
            case (true, false):
                let wanted = rule.text("requiredValue")
                if !wanted.isEmpty {
                    errors.append(
                        .invalid("\(place).requiredValue", wanted, "may not be specified when expression is set"))
                }
                guard seen.insert("expression \(expression)").inserted else {
                    errors.append(.duplicate("\(place).expression", expression))
                    continue
                }
                if let compiled = ClaimExpressions.claims(expression, [.bool], "\(place).expression", &errors) {
                    claimRules.append(Rule(expression: compiled, message: rule.text("message")))
                }
            }
        }
    }

    private mutating func readUserRules(_ value: Value, _ path: String, _ errors: inout [FieldError]) {
        var seen: Set<String> = []
        for (index, rule) in value.items("userValidationRules").enumerated() {
            let place = "\(path)[\(index)].expression"
            let expression = rule.text("expression")
            if expression.isEmpty {
                errors.append(.required(place))
            } else if !seen.insert(expression).inserted {
                errors.append(.duplicate(place, expression))
            } else if let compiled = ClaimExpressions.user(expression, place, &errors) {
                userRules.append(Rule(expression: compiled, message: rule.text("message")))
            }
        }
    }

    private mutating func readMappings(_ mappings: Value, _ path: String, _ errors: inout [FieldError]) {
        username = Self.mapping(mappings["username"], "\(path).username", isRequired: true, &errors)
        groups = Self.mapping(mappings["groups"], "\(path).groups", isRequired: false, &errors)
        if let value = mappings["uid"] {
            let (claim, expression) = (value.text("claim"), value.text("expression"))
            if !claim.isEmpty, !expression.isEmpty {
                errors.append(.invalid("\(path).uid", "", "claim and expression can't both be set"))
            } else if !claim.isEmpty {
                uid = .claim(claim, prefix: "")
            } else if !expression.isEmpty,
                let compiled = ClaimExpressions.claims(expression, [], "\(path).uid.expression", &errors)
            {
                uid = .expression(compiled)
            }
        }
        readExtra(mappings, "\(path).extra", &errors)
        checkEmail(path, &errors)
    }

    private static func mapping(
        _ value: Value?, _ path: String, isRequired: Bool, _ errors: inout [FieldError]
    ) -> Mapping {
        let (claim, expression) = (value?.text("claim") ?? "", value?.text("expression") ?? "")
        let prefix = value?["prefix"]?.stringValue
        switch (claim.isEmpty, expression.isEmpty) {
        case (false, false):
            errors.append(.invalid(path, "", "claim and expression can't both be set"))
        case (true, true):
            if isRequired { errors.append(.required(path, "claim or expression is required")) }
        case (true, false):
            if let prefix {
                errors.append(.invalid("\(path).prefix", prefix, "may not be specified when expression is set"))
            }
            if let compiled = ClaimExpressions.claims(expression, [], "\(path).expression", &errors) {
                return .expression(compiled)
            }
        case (false, true):
            guard let prefix else {
                errors.append(
                    .required(
                        "\(path).prefix",
                        "prefix is required when claim is set. It can be set to an empty string to disable prefixing"))
                return .none
            }
            return .claim(claim, prefix: prefix)
        }
        return .none
    }

    private mutating func readExtra(_ mappings: Value, _ path: String, _ errors: inout [FieldError]) {
        var seen: Set<String> = []
        for (index, value) in mappings.items("extra").enumerated() {
            let place = "\(path)[\(index)]"
            let (key, expression) = (value.text("key"), value.text("valueExpression"))
            errors += IssuerRules.errors(extraKey: key, "\(place).key")
            guard seen.insert(key).inserted else {
                errors.append(.duplicate("\(place).key", key))
                continue
            }
            if expression.isEmpty {
                errors.append(.required("\(place).valueExpression"))
            } else if let compiled = ClaimExpressions.claims(expression, [], "\(place).valueExpression", &errors) {
                extra.append((key, compiled))
            }
        }
    }

    /// Who is known by an address must have been asked whether it is theirs.
    private func checkEmail(_ path: String, _ errors: inout [FieldError]) {
        guard case .expression(let expression) = username, ClaimExpressions.mentions(expression.text, "email") else {
            return
        }
        let others = [expression.text] + extra.map(\.expression.text) + claimRules.map(\.expression.text)
        guard !others.contains(where: { ClaimExpressions.mentions($0, "email_verified") }) else { return }
        errors.append(
            .invalid(
                "\(path).username.expression", expression.text,
                "claims.email_verified must be used in claimMappings.username.expression or "
                    + "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email "
                    + "is used in claimMappings.username.expression"))
    }
}

/// Expressions over the claims of a token, and over the user made of them.
enum ClaimExpressions {
    private static let claimsEnvironment: CELEnvironment = {
        var environment = CELEnvironment.kubernetes
        environment.declare("claims", .map(.string, .dyn))
        return environment
    }()

    private static let userEnvironment: CELEnvironment = {
        let text = CELSchema(.string)
        let texts = CELSchema(.list, items: text)
        var fields: [String: CELSchema.Field] = [:]
        for (name, schema) in [
            ("username", text), ("uid", text), ("groups", texts), ("extra", CELSchema(.map, items: texts)),
        ] { fields[name] = CELSchema.Field(property: name, schema: schema) }
        var environment = CELEnvironment.kubernetes
        environment.declare("user", CELSchema(.object, objectName: "kubernetes.UserInfo", fields: fields))
        return environment
    }()

    static func claims(
        _ text: String, _ types: [CELType], _ path: String, _ errors: inout [FieldError]
    ) -> PolicyExpression? {
        compiled(PolicyExpression(text, claimsEnvironment, types), path, &errors)
    }

    static func user(_ text: String, _ path: String, _ errors: inout [FieldError]) -> PolicyExpression? {
        compiled(PolicyExpression(text, userEnvironment, [.bool]), path, &errors)
    }

    private static func compiled(
        _ expression: PolicyExpression, _ path: String, _ errors: inout [FieldError]
    ) -> PolicyExpression? {
        guard let problem = expression.problem else { return expression }
        // The type that it has instead is not told here.
        let words = problem.hasPrefix("must evaluate to") ? problem.split(separator: " but got ")[0] : problem[...]
        errors.append(.invalid(path, expression.text, String(words)))
        return nil
    }

    /// Whether an expression looks at `claims.NAME`, outside of texts in quotes.
    static func mentions(_ expression: String, _ name: String) -> Bool {
        var code = ""
        var quote: Character?
        for character in expression {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if !character.isWhitespace {
                code.append(character)
            }
        }
        for access in ["claims.\(name)", "claims.?\(name)"] {
            var rest = code[...]
            while let place = rest.firstRange(of: access) {
                let next = rest[place.upperBound...].first
                if next.map({ $0.isLetter || $0.isNumber || $0 == "_" }) != true { return true }
                rest = rest[place.upperBound...]
            }
        }
        return false
    }
}
