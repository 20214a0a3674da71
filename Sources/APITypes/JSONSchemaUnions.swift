package import APIMachinery

/// `apiextensions/v1.JSONSchemaPropsOrBool`: a schema, or whether anything is allowed at all.
package struct JSONSchemaPropsOrBool: APIStruct {
    package var allows = false
    @OptionalBox package var schema: JSONSchemaProps?

    package init() {}

    package init(from reader: inout JSONReader) throws(JSONError) {
        self.init()
        if try reader.peek() == .bool {
            allows = try reader.readBool()
        } else {
            allows = true
            schema = try JSONSchemaProps(from: &reader)
        }
    }

    package func encode(to writer: inout JSONWriter) {
        if let schema { schema.encode(to: &writer) } else { writer.bool(allows) }
    }
}

/// `apiextensions/v1.JSONSchemaPropsOrArray`: a schema for all items, or one for each.
package struct JSONSchemaPropsOrArray: APIStruct {
    @OptionalBox package var schema: JSONSchemaProps?
    package var jsonSchemas: [JSONSchemaProps] = []

    package init() {}

    package init(from reader: inout JSONReader) throws(JSONError) {
        self.init()
        if try reader.peek() == .array {
            jsonSchemas = try reader.readList()
        } else {
            schema = try JSONSchemaProps(from: &reader)
        }
    }

    package func encode(to writer: inout JSONWriter) {
        if let schema { return schema.encode(to: &writer) }
        if jsonSchemas.isEmpty { return writer.null() }
        writer.beginArray()
        for schema in jsonSchemas { schema.encode(to: &writer) }
        writer.endArray()
    }
}

/// `apiextensions/v1.JSONSchemaPropsOrStringArray`: a schema, or names of properties.
package struct JSONSchemaPropsOrStringArray: APIStruct {
    @OptionalBox package var schema: JSONSchemaProps?
    package var property: [String] = []

    package init() {}

    package init(from reader: inout JSONReader) throws(JSONError) {
        self.init()
        if try reader.peek() == .array {
            property = try reader.readList()
        } else {
            schema = try JSONSchemaProps(from: &reader)
        }
    }

    package func encode(to writer: inout JSONWriter) {
        if let schema { return schema.encode(to: &writer) }
        if property.isEmpty { return writer.null() }
        writer.beginArray()
        for name in property { writer.string(name) }
        writer.endArray()
    }
}
