package import APIMachinery

/// ConfigMaps and Secrets.
package enum DataRules {
    /// Bytes in all values together.
    package static let sizeMax = 1024 * 1024

    package static func configMap(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let map = FieldView(object)
            var size = 0
            for (key, entry) in map["data"].entries {
                for message in Names.configMapKey(key) { findings.add(entry.invalid(key, message)) }
                if map["binaryData"].value?[key] != nil {
                    findings.add(entry.invalid(key, "duplicate of key present in binaryData"))
                }
                size += entry.text.utf8.count
            }
            for (key, entry) in map["binaryData"].entries {
                for message in Names.configMapKey(key) { findings.add(entry.invalid(key, message)) }
                size += decodedCount(entry.text)
            }
            if size > sizeMax { findings.add(map[""].tooLong(sizeMax)) }
        }
    }

    package static func secret(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let secret = FieldView(object)
            let data = secret["data"]
            var size = 0
            for (key, entry) in data.entries {
                for message in Names.configMapKey(key) { findings.add(entry.invalid(key, message)) }
                size += decodedCount(entry.text)
            }
            if size > sizeMax { findings.add(data.tooLong(sizeMax)) }
            checkType(secret, data, &findings)
        }
    }

    private static func checkType(_ secret: FieldView, _ data: FieldView, _ findings: inout Findings) {
        let need = { (keys: [String]) in keys.filter { data.value?[$0] == nil }.map { data[key: $0].required() } }
        switch secret["type"].text {
        case "kubernetes.io/service-account-token":
            let account = secret["metadata"]["annotations"][key: "kubernetes.io/service-account.name"]
            findings.require(account)
        case "kubernetes.io/dockercfg": checkJSON(data[key: ".dockercfg"], &findings)
        case "kubernetes.io/dockerconfigjson": checkJSON(data[key: ".dockerconfigjson"], &findings)
        case "kubernetes.io/basic-auth":
            let missing = need(["username", "password"])
            if missing.count == 2 { findings.errors += missing }
        case "kubernetes.io/ssh-auth": findings.require(data[key: "ssh-privatekey"])
        case "kubernetes.io/tls": findings.errors += need(["tls.crt", "tls.key"])
        case _: break
        }
    }

    private static func checkJSON(_ entry: FieldView, _ findings: inout Findings) {
        guard entry.exists else { return findings.add(entry.required()) }
        let shown = "<secret contents redacted>"
        do throws(JSONError) {
            let value = try Value(json: Base64.decode(Array(entry.text.utf8)) ?? [])
            if value.objectValue == nil {
                findings.add(
                    entry.invalid(
                        shown, "json: cannot unmarshal \(value.kindName) into Go value of type map[string]interface {}")
                )
            }
        } catch {
            findings.add(entry.invalid(shown, "\(error)"))
        }
    }

    /// The bytes that a base64 text stands for.
    private static func decodedCount(_ text: String) -> Int {
        let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return text.utf8.count / 4 * 3 - padding
    }

    package static func configMapUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { checkFrozen(FieldView(object), old, ["data", "binaryData"], &$0) }
    }

    package static func secretUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            findings.immutable(FieldView(object)["type"], old["type"])
            checkFrozen(FieldView(object), old, ["data"], &findings)
        }
    }

    private static func checkFrozen(
        _ object: FieldView, _ old: Value, _ fields: [String], _ findings: inout Findings
    ) {
        guard old["immutable"] == true else { return }
        let why = "field is immutable when `immutable` is set"
        if !object["immutable"].flag { findings.add(object["immutable"].forbidden(why)) }
        for field in fields where object[field].value != old[field] { findings.add(object[field].forbidden(why)) }
    }
}
