internal import APIMachinery

/// One operation on a path, before it is written in a dialect.
struct Operation {
    enum Body {
        case none
        /// Types of its own that PATCH understands.
        case patch(types: [String])
        case object(schema: Value)
        /// DeleteOptions, which may be left out.
        case options(schema: Value)
    }

    struct Parameter {
        let name: String
        /// `path` or `query`
        let place: String
        let schema: Value
        var description: String?
    }

    /// `get`, `put`, `post`, `delete`, `patch`
    let method: String
    let id: String
    let tag: String
    /// What kubectl and generators look for: `list`, `get`, `post`, `put`, `patch`, `delete`, `deletecollection`,
    /// `connect`.
    let action: String
    let kind: GroupVersionKind
    let parameters: [Parameter]
    let body: Body
    /// The schema of an answer, and the codes with which it comes.
    let answer: Value
    let codes: [Int]
    let produces: [String]

    /// As it stands in a document.
    func value(_ dialect: OpenAPIDialect) -> Value {
        var value: Value = [
            "operationId": .string(id), "tags": [.string(tag)], "x-kubernetes-action": .string(action),
            "x-kubernetes-group-version-kind": SchemaNames.value(kind),
        ]
        var parameters = self.parameters.map { $0.value(dialect) }
        switch dialect {
        case .v2:
            value["schemes"] = ["https"]
            value["consumes"] = .array(consumes.map(Value.string))
            value["produces"] = .array(produces.map(Value.string))
            if let (schema, isRequired) = bodySchema(dialect) {
                var body: Value = ["name": "body", "in": "body", "schema": schema]
                if isRequired { body["required"] = true }
                parameters.insert(body, at: 0)
            }
        case .v3:
            if let (schema, isRequired) = bodySchema(dialect) {
                var body: Value = ["content": content(consumes, schema)]
                if isRequired { body["required"] = true }
                value["requestBody"] = body
            }
        }
        if !parameters.isEmpty { value["parameters"] = .array(parameters) }
        value["responses"] = responses(dialect)
        return value
    }

    private var consumes: [String] {
        if case .patch(let types) = body { types } else { ["*/*"] }
    }

    private func bodySchema(_ dialect: OpenAPIDialect) -> (schema: Value, isRequired: Bool)? {
        switch body {
        case .none: nil
        case .patch: (dialect.reference(SchemaNames.name(ofType: "meta/v1.Patch")), true)
        case .object(let schema): (schema, true)
        case .options(let schema): (schema, false)
        }
    }

    private func responses(_ dialect: OpenAPIDialect) -> Value {
        var responses: Value = ["401": ["description": "Unauthorized"]]
        for code in codes {
            var response: Value = ["description": .string(Self.meaning[code] ?? "OK")]
            switch dialect {
            case .v2: response["schema"] = answer
            case .v3: response["content"] = content(produces, answer)
            }
            responses[String(code)] = response
        }
        return responses
    }

    private static let meaning = [200: "OK", 201: "Created", 202: "Accepted"]

    private func content(_ types: [String], _ schema: Value) -> Value {
        var content = Value.emptyObject
        for type in types { content[type] = ["schema": schema] }
        return content
    }
}

extension Operation.Parameter {
    func value(_ dialect: OpenAPIDialect) -> Value {
        var value: Value = ["name": .string(name), "in": .string(place)]
        if place == "path" { value["required"] = true }
        if let description { value["description"] = .string(description) }
        switch dialect {
        case .v2:
            for field in schema.objectValue ?? Fields() where field.name != "format" { value[field.name] = field.value }
            value["uniqueItems"] = true
        case .v3:
            value["schema"] = schema
            value[path: "schema", "uniqueItems"] = true
        }
        return value
    }
}
