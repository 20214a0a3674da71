internal import APIMachinery

/// The messages of gnostic's `openapi.v3` that our documents need.
enum GnosticV3 {
    /// Field numbers of `Document`, and of `schemas` in its `components`.
    static let paths = 4
    static let components = 5
    static let schemas = 1

    /// A schema or a reference to one.
    static let schema: GnosticKind = .choice { value in
        value["$ref"] == nil ? ([1], .message { schemaMessage }) : ([2], .message { reference })
    }

    static let pathItem: GnosticKind = .message { pathItemMessage }

    /// Everything but paths and components.
    static let document: GnosticMessage = GnosticMessage([
        "openapi": (1, .text),
        "info": (2, .message { GnosticMessage(["title": (1, .text), "version": (6, .text)]) }),
    ])

    private static let reference: GnosticMessage = GnosticMessage(["$ref": (1, .text)])

    private static let schemaMessage: GnosticMessage = GnosticMessage(
        [
            "nullable": (1, .flag), "example": (7, .any), "title": (9, .text), "multipleOf": (10, .number),
            "maximum": (11, .number), "exclusiveMaximum": (12, .flag), "minimum": (13, .number),
            "exclusiveMinimum": (14, .flag), "maxLength": (15, .integer), "minLength": (16, .integer),
            "pattern": (17, .text), "maxItems": (18, .integer), "minItems": (19, .integer), "uniqueItems": (20, .flag),
            "maxProperties": (21, .integer), "minProperties": (22, .integer), "required": (23, .list(.text)),
            "enum": (24, .list(.any)), "type": (25, .text), "allOf": (26, .list(schema)), "oneOf": (27, .list(schema)),
            "anyOf": (28, .list(schema)), "not": (29, .message { schemaMessage }),
            "items": (30, .enclosed(number: 1, schema)), "properties": (31, .enclosed(number: 1, .map(schema))),
            "additionalProperties": (32, .choice { $0.boolValue == nil ? ([1], schema) : ([2], .flag) }),
            "default": (33, defaultValue), "description": (34, .text), "format": (35, .text),
        ], extensions: 36)

    /// Only scalars have a place here.
    private static let defaultValue: GnosticKind = .choice { value in
        switch value {
        case .integer, .double: ([1], .number)
        case .bool: ([2], .flag)
        case .string: ([3], .text)
        case .null, .array, .object: ([], .message { GnosticMessage([:]) })
        }
    }

    private static let pathItemMessage: GnosticMessage = GnosticMessage(
        [
            "get": (4, operation), "put": (5, operation), "post": (6, operation), "delete": (7, operation),
            "patch": (10, operation), "parameters": (13, .list(parameter)),
        ], extensions: 14)

    private static let operation: GnosticKind = .message { operationMessage }

    private static let operationMessage: GnosticMessage = GnosticMessage(
        [
            "tags": (1, .list(.text)), "summary": (2, .text), "description": (3, .text), "operationId": (5, .text),
            "parameters": (6, .list(parameter)),
            "requestBody": (7, .enclosed(number: 1, .message { requestBody })), "responses": (8, .message { responses }),
        ], extensions: 13)

    private static let parameter: GnosticKind = .enclosed(
        number: 1,
        .message {
            GnosticMessage([
                "name": (1, .text), "in": (2, .text), "description": (3, .text), "required": (4, .flag),
                "schema": (10, schema),
            ])
        })

    private static let requestBody: GnosticMessage = GnosticMessage(["content": (2, content), "required": (3, .flag)])

    private static let responses: GnosticMessage = GnosticMessage([:], others: (2, .enclosed(number: 1, .message { response })))

    private static let response: GnosticMessage = GnosticMessage(["description": (1, .text), "content": (3, content)])

    /// `MediaTypes` with a `MediaType` for every name.
    private static let content: GnosticKind = .enclosed(
        number: 1, .map(.message { GnosticMessage(["schema": (1, schema)]) }))
}
