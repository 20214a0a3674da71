internal import APIMachinery

/// Options out of a query, read as Go's conversion of url.Values reads them.
extension QueryParameters {
    /// A whole number; `nil` when it is not there.
    func integer(_ name: String) throws(StatusError) -> Int64? {
        guard let text = self[name] else { return nil }
        if let number = Int64(text) { return number }
        let digits = text.utf8.first.map { $0 == 0x2b || $0 == 0x2d } == true ? text.utf8.dropFirst() : text.utf8[...]
        let isNumber = !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
        throw .badRequest(
            "strconv.ParseInt: parsing \(GoText.quote(text)): \(isNumber ? "value out of range" : "invalid syntax")")
    }

    /// Refuses a `timeout` of the request that is no duration.
    func checkTimeout() throws(StatusError) {
        guard let text = self["timeout"], !text.isEmpty else { return }
        do throws(DurationTextError) { _ = try DurationText.parse(text) } catch {
            throw .badRequest("invalid timeout specified in the request URL - \(error.message)")
        }
    }

    /// Refuses what a table cannot have in its rows.
    func checkTable() throws(StatusError) {
        guard let text = self["includeObject"], !["", "None", "Metadata", "Object"].contains(text) else { return }
        let why = FieldError.invalid("includeObject", text, "must be 'Metadata', 'Object', 'None', or empty")
        throw .badRequest("Unable to convert to Table as requested: \(why)")
    }

    /// Whatever is not `0` or `false` is true, the empty text too; `nil` when it is not there.
    func truth(_ name: String) -> Bool? { self[name].map { $0 != "0" && $0.lowercased() != "false" } }
}
