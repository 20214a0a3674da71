import APIMachinery
import APITypes
import Determinism
import Testing

@Suite struct APITypesTests {
    private func text(_ object: some APIStruct) -> String { String(decoding: object.json, as: UTF8.self) }

    @Test func aPodSurvivesTheRoundTripToTheLetter() throws {
        let pod = try Pod(json: PodSample.bytes)
        #expect(text(pod) == PodSample.json)
        #expect(pod.spec.containers[0].readinessProbe?.httpGet?.port == .int(8080))
        #expect(pod.spec.containers[0].livenessProbe?.httpGet?.port == .string("http"))
        #expect(pod.spec.containers[0].resources.limits["cpu"] == Quantity("500m"))
        #expect(pod.spec.volumes[0].configMap?.name == "web-config")
        #expect(pod.metadata.creationTimestamp == .testEpoch)
        #expect(try Pod(value: pod.value) == pod)
        #expect(pod.value == (try Value(json: PodSample.bytes)))
    }

    @Test func anEmptyObjectWritesWhatGoWrites() {
        #expect(
            text(Deployment())
                == #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{},"spec":{"selector":null,"strategy":{},"template":{"metadata":{},"spec":{"containers":null}}},"status":{}}"#
        )
        #expect(
            text(Event())
                == #"{"apiVersion":"v1","eventTime":null,"firstTimestamp":null,"involvedObject":{},"kind":"Event","lastTimestamp":null,"metadata":{},"reportingComponent":"","reportingInstance":"","source":{}}"#
        )
        #expect(text(Status()) == #"{"apiVersion":"v1","kind":"Status","metadata":{}}"#)
    }

    @Test func nullAndUnknownFieldsArePassedOver() throws {
        let pod = try Pod(json: Array(#"{"metadata":{"name":"a","labels":null},"spec":null,"more":[{}]}"#.utf8))
        #expect(pod.metadata.name == "a")
        #expect(pod.spec == PodSpec())
    }

    @Test func nullInListsAndMapsIsTheZeroValue() throws {
        let pod = try Pod(json: Array(#"{"metadata":{"labels":{"a":null}},"spec":{"containers":[null]}}"#.utf8))
        #expect(pod.metadata.labels == ["a": ""])
        #expect(pod.spec.containers == [Container()])
    }

    @Test func aWrongTypeIsReportedWithItsPath() {
        let error = #expect(throws: JSONError.self) {
            try Deployment(json: Array(#"{"spec":{"template":{"spec":{"containers":[{"name":7}]}}}}"#.utf8))
        }
        #expect(
            error?.message
                == "json: cannot unmarshal number 7 into Go struct field spec.template.spec.containers[0].name of type string"
        )
    }

    @Test func aCopyDoesNotChangeWithTheOriginal() throws {
        let pod = try Pod(json: PodSample.bytes)
        var other = pod
        other.spec.containers[0].readinessProbe?.httpGet?.path = "/other"
        other.spec.affinity = nil
        other.metadata.labels["app"] = "other"
        #expect(pod.spec.containers[0].readinessProbe?.httpGet?.path == "/ready")
        #expect(pod.spec.affinity != nil)
        #expect(pod.metadata.labels["app"] == "web")
        #expect(other.spec.containers[0].readinessProbe?.httpGet?.path == "/other")
        #expect(other.spec.containers[0].readinessProbe?.httpGet?.port == .int(8080))
        #expect(other.metadata.labels["app"] == "other")
        #expect(other != pod)
    }

    @Test func listsCarryKindsOnlyOutside() throws {
        var pod = Pod()
        pod.metadata.name = "a"
        let list = ObjectList<Pod>(items: [pod])
        let json =
            #"{"apiVersion":"v1","items":[{"metadata":{"name":"a"},"spec":{"containers":null},"status":{}}],"kind":"PodList","metadata":{}}"#
        #expect(text(list) == json)
        #expect(try ObjectList<Pod>(json: Array(json.utf8)) == list)
        #expect(text(ObjectList<Lease>(items: [])).contains(#""items":[]"#))
    }

    @Test func secretsSpeakBase64AndSchemasAreRecursive() throws {
        var secret = Secret()
        secret.data = ["b": [0xff, 0], "a": []]
        let secretText =
            #"{"apiVersion":"v1","data":{"a":"","b":"/wA="},"kind":"Secret","metadata":{}}"#
        #expect(text(secret) == secretText)
        #expect(try Secret(json: Array(secretText.utf8)) == secret)

        let schemaText =
            #"{"additionalProperties":false,"items":{"type":"string"},"not":{"not":{"type":"object"}},"properties":{"a":{"default":{"x":1},"x-kubernetes-int-or-string":true}}}"#
        let schema = try JSONSchemaProps(json: Array(schemaText.utf8))
        #expect(schema.not?.not?.type == "object")
        #expect(schema.properties["a"]?.xKubernetesIntOrString == true)
        #expect(text(schema) == schemaText)
    }

    @Test func schemasMayNestAsDeepAsJSONMay() throws {
        let levels = JSONReader.depthMax - 1
        let text = String(repeating: #"{"not":"#, count: levels) + "{}" + String(repeating: "}", count: levels)
        let schema = try JSONSchemaProps(json: Array(text.utf8))
        #expect(self.text(schema) == text)
        #expect(throws: JSONError.self) { try JSONSchemaProps(json: Array(#"{"not":\#(text)}"#.utf8)) }
    }
}
