internal import APIMachinery

/// The messages of gnostic's `openapi.v2` that our documents need.
package enum GnosticV2 {
    /// Field numbers of `Document`.
    static let paths = 8
    static let definitions = 9

    package static let schema: GnosticKind = .message { schemaMessage }
    static let pathItem: GnosticKind = .message { pathItemMessage }

    /// Everything but paths and definitions.
    static let document: GnosticMessage = GnosticMessage([
        "swagger": (1, .text),
        "info": (2, .message { GnosticMessage(["title": (1, .text), "version": (2, .text)]) }),
        "securityDefinitions": (13, .enclosed(number: 1, .message { GnosticMessage([:]) })),
    ])

    private static let schemaMessage: GnosticMessage = GnosticMessage(
        [
            "$ref": (1, .text), "format": (2, .text), "title": (3, .text), "description": (4, .text),
            "default": (5, .any), "multipleOf": (6, .number), "maximum": (7, .number), "exclusiveMaximum": (8, .flag),
            "minimum": (9, .number), "exclusiveMinimum": (10, .flag), "maxLength": (11, .integer),
            "minLength": (12, .integer), "pattern": (13, .text), "maxItems": (14, .integer), "minItems": (15, .integer),
            "uniqueItems": (16, .flag), "maxProperties": (17, .integer), "minProperties": (18, .integer),
            "required": (19, .list(.text)), "enum": (20, .list(.any)),
            "additionalProperties": (21, .choice { $0.boolValue == nil ? ([1], schema) : ([2], .flag) }),
            "type": (22, .enclosed(number: 1, .text)), "items": (23, .enclosed(number: 1, schema)),
            "allOf": (24, .list(schema)), "properties": (25, .enclosed(number: 1, .map(schema))), "example": (30, .any),
        ], extensions: 31)

    private static let pathItemMessage: GnosticMessage = GnosticMessage(
        [
            "get": (2, operation), "put": (3, operation), "post": (4, operation), "delete": (5, operation),
            "patch": (8, operation), "parameters": (9, .list(parameter)),
        ], extensions: 10)

    private static let operation: GnosticKind = .message { operationMessage }

    private static let operationMessage: GnosticMessage = GnosticMessage(
        [
            "tags": (1, .list(.text)), "summary": (2, .text), "description": (3, .text), "operationId": (5, .text),
            "produces": (6, .list(.text)), "consumes": (7, .list(.text)), "parameters": (8, .list(parameter)),
            "responses": (9, .message { responses }), "schemes": (10, .list(.text)),
        ], extensions: 13)

    /// `ParametersItem`, in it a `Parameter`, in that what its place asks for.
    private static let parameter: GnosticKind = .choice { value in
        switch value["in"] {
        case "body": ([1, 1], .message { body })
        case "path": ([1, 2, 4], .message { pathParameter })
        case _: ([1, 2, 3], .message { queryParameter })
        }
    }

    private static let body: GnosticMessage = GnosticMessage([
        "description": (1, .text), "name": (2, .text), "in": (3, .text), "required": (4, .flag), "schema": (5, schema),
    ])

    private static let queryParameter: GnosticMessage = GnosticMessage([
        "required": (1, .flag), "in": (2, .text), "description": (3, .text), "name": (4, .text), "type": (6, .text),
        "format": (7, .text), "uniqueItems": (20, .flag),
    ])

    private static let pathParameter: GnosticMessage = GnosticMessage([
        "required": (1, .flag), "in": (2, .text), "description": (3, .text), "name": (4, .text), "type": (5, .text),
        "format": (6, .text), "uniqueItems": (19, .flag),
    ])

    /// A `ResponseValue` with a `Response` for every code.
    private static let responses: GnosticMessage = GnosticMessage(
        [:], others: (1, .enclosed(number: 1, .message { response })))

    private static let response: GnosticMessage = GnosticMessage([
        "description": (1, .text), "schema": (2, .enclosed(number: 1, schema)),
    ])
}
