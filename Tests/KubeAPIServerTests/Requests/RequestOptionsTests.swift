import APIMachinery
import APIRegistry
import KubeAPIServer
import Testing

@Suite("The options of requests")
struct RequestOptionsTests {
    private static let badDryRun = "dryRun: Unsupported value: "
    private static let list = "ListOptions.meta.k8s.io \"\" is invalid: "

    @Test(
        "a list is refused in upstream's words",
        arguments: [
            ("limit=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"),
            ("limit=9999999999999999999", 400, "strconv.ParseInt: parsing \"9999999999999999999\": value out of range"),
            ("limit=", 400, "strconv.ParseInt: parsing \"\": invalid syntax"),
            ("timeoutSeconds=1s", 400, "strconv.ParseInt: parsing \"1s\": invalid syntax"),
            ("fieldSelector=a", 400, "invalid selector: 'a'; can't understand 'a'"),
            (
                "resourceVersionMatch=Exact", 422,
                list + "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless "
                    + "resourceVersion is provided"
            ),
            (
                "resourceVersionMatch=Exact&resourceVersion=0", 422,
                list + "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for "
                    + "resourceVersion \"0\""
            ),
            (
                "resourceVersionMatch=Bad&resourceVersion=1", 422,
                list + "resourceVersionMatch: Unsupported value: \"Bad\": supported values: \"Exact\", "
                    + "\"NotOlderThan\", \"\""
            ),
            (
                "resourceVersionMatch=NotOlderThan&resourceVersion=1&continue=x", 422,
                list + "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided"
            ),
            (
                "sendInitialEvents=true", 422,
                list + "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"
            ),
        ])
    func lists(_ query: String, _ code: Int, _ message: String) {
        expect(code, message) { () throws(StatusError) in _ = try ListOptions(Self.query(query), isWatch: false) }
    }

    @Test(
        "a watch is refused in upstream's words",
        arguments: [
            (
                "sendInitialEvents=true",
                "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch "
                    + "to NotOlderThan"
            ),
            (
                "resourceVersionMatch=NotOlderThan",
                "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless "
                    + "sendInitialEvents is "
                    + "provided"
            ),
            (
                "sendInitialEvents=1&resourceVersionMatch=Exact",
                "[resourceVersionMatch: Forbidden: sendInitialEvents requires setting "
                    + "resourceVersionMatch to NotOlderThan, "
                    + "resourceVersionMatch: Unsupported value: \"Exact\": supported values: \"NotOlderThan\"]"
            ),
        ])
    func watches(_ query: String, _ message: String) {
        expect(422, Self.list + message) { () throws(StatusError) in
            _ = try ListOptions(Self.query(query), isWatch: true)
        }
    }

    @Test("what is meant is read, truth as upstream has it")
    func reading() throws {
        let options = try ListOptions(
            Self.query("limit=5&timeoutSeconds=7&allowWatchBookmarks=maybe&labelSelector=a%3Db"), isWatch: false)
        #expect(options.limit == 5 && options.timeoutSeconds == 7 && options.allowsBookmarks)
        #expect(try !ListOptions(Self.query("allowWatchBookmarks=FALSE"), isWatch: true).allowsBookmarks)
        let watch = try ListOptions(
            Self.query("sendInitialEvents=true&resourceVersionMatch=NotOlderThan"), isWatch: true)
        #expect(watch.sendsInitialEvents == true)
    }

    @Test(
        "a write is refused in upstream's words",
        arguments: [
            ("create", "", "dryRun=Bad", "CreateOptions", badDryRun + "[\"Bad\"]: supported values: \"All\""),
            ("update", "", "dryRun=", "UpdateOptions", badDryRun + "[\"\"]: supported values: \"All\""),
            (
                "patch", "application/merge-patch+json", "fieldValidation=Bad&force=true", "PatchOptions",
                "[force: Forbidden: may not be specified for non-apply patch, fieldValidation: "
                    + "Unsupported value: \"Bad\": "
                    + "supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"]"
            ),
            (
                "patch", "application/apply-patch+yaml", "", "PatchOptions",
                "fieldManager: Required value: is required for apply patch"
            ),
            (
                "create", "", "fieldManager=a%07", "CreateOptions",
                "fieldManager: Invalid value: \"a\u{7}\": invalid character U+0007 (at position 1)"
            ),
            (
                "create", "", "fieldManager=" + String(repeating: "a", count: 129), "CreateOptions",
                "fieldManager: Too long: may not be more than 128 bytes"
            ),
        ])
    func writes(_ verb: String, _ type: String, _ query: String, _ kind: String, _ message: String) {
        expect(422, "\(kind).meta.k8s.io \"\" is invalid: \(message)") { () throws(StatusError) in
            try WriteOptions.check(Self.query(query), verb: verb, contentType: type)
        }
    }

    @Test(
        "a delete is refused in upstream's words",
        arguments: [
            ("gracePeriodSeconds=x", nil, 400, "strconv.ParseInt: parsing \"x\": invalid syntax"),
            (
                "propagationPolicy=Bad", nil, 422,
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: "
                    + "\"Bad\": supported values: "
                    + "\"Foreground\", \"Background\", \"Orphan\", \"nil\""
            ),
            (
                "", ["propagationPolicy": "Orphan", "orphanDependents": true], 422,
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": "
                    + "orphanDependents "
                    + "and deletionPropagation cannot be both set"
            ),
            ("", ["kind": "Pod"], 400, "decoded object cannot be converted to DeleteOptions"),
            (
                "", ["dryRun": ["Bad"]], 422,
                "DeleteOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Bad\"]: "
                    + "supported values: \"All\""
            ),
        ] as [(String, Value?, Int, String)])
    func deletes(_ query: String, _ body: Value?, _ code: Int, _ message: String) {
        expect(code, message) { () throws(StatusError) in
            _ = try DeleteOptions(body: body, query: Self.query(query), isCollection: false)
        }
    }

    @Test("a body's options count, and the query's where there is no body")
    func deletion() throws {
        let query = Self.query("gracePeriodSeconds=5&uid=u&orphanDependents=true")
        let asked = try DeleteOptions(body: nil, query: query, isCollection: false)
        #expect(asked.request.gracePeriodSeconds == 5 && asked.request.uid == "u" && !asked.isDryRun)
        #expect(asked.request.propagationPolicy == "Orphan")
        let sent = try DeleteOptions(body: ["dryRun": ["All"]], query: query, isCollection: false)
        #expect(sent.request.gracePeriodSeconds == nil && sent.isDryRun)
    }

    @Test(
        "a continue token that is none is refused in upstream's words",
        arguments: [
            ("a!", "illegal base64 data at input byte 1"),
            ("eA", "invalid character 'x' looking for beginning of value"),
            ("e30", "server does not recognize this encoded version "),
        ])
    func tokens(_ token: String, _ message: String) {
        expect(400, "invalid continue token: continue key is not valid: \(message)") { () throws(StatusError) in
            _ = try ContinueToken(token)
        }
    }

    private static func query(_ text: String) -> QueryParameters { QueryParameters(encoded: text[...]) }

    private func expect(_ code: Int, _ message: String, _ body: () throws(StatusError) -> Void) {
        do throws(StatusError) {
            try body()
            Issue.record("not refused")
        } catch {
            #expect(error.code == code && error.message == message)
        }
    }
}
