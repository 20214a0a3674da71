internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism

/// Every pod acts as a service account: finds it, and mounts its token.
struct ServiceAccountAdmission: AdmissionPlugin {
    static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
    private static let mirrorAnnotation = "kubernetes.io/config.mirror"
    /// A new namespace gets its default account a moment later than its first pod may come.
    private static let defaultAccountAttemptsMax = 10
    private static let attemptPause = Duration.milliseconds(150)

    let objects: ObjectLookup
    let time: any Timekeeper
    let random: any RandomSource

    var name: String { "ServiceAccount" }

    func handles(_ request: AdmissionRequest) -> Bool { request.operation == .create && request.concerns("pods") }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard let pod = request.object, pod.annotation(Self.mirrorAnnotation) == nil else { return }
        var accountName = pod[path: "spec", "serviceAccountName"]?.stringValue ?? ""
        if accountName.isEmpty { accountName = "default" }
        let account = try await find(accountName, request)
        let suffix = random.nameSuffix()
        request.object?.modifyFields { pod in
            pod.inNewObject("spec") { spec in
                spec["serviceAccountName"] = .string(accountName)
                spec["serviceAccount"] = .string(accountName)
                if spec["automountServiceAccountToken"]?.boolValue
                    ?? account["automountServiceAccountToken"]?.boolValue ?? true
                {
                    Self.mountToken(&spec, suffix: suffix)
                }
                if spec.isEmptyCollection("imagePullSecrets"), let secrets = account["imagePullSecrets"] {
                    spec["imagePullSecrets"] = secrets
                }
            }
        }
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let pod = request.object, pod.annotation(Self.mirrorAnnotation) != nil else { return }
        if !(pod[path: "spec", "serviceAccountName"]?.stringValue ?? "").isEmpty {
            throw request.forbidden("a mirror pod may not reference service accounts")
        }
        for volume in pod[path: "spec", "volumes"]?.arrayValue ?? [] where volume["secret"] != nil {
            throw request.forbidden("a mirror pod may not reference secrets")
        }
    }

    private func find(_ accountName: String, _ request: AdmissionRequest) async throws(StatusError) -> Value {
        let attempts = accountName == "default" ? Self.defaultAccountAttemptsMax : 1
        for attempt in 1...attempts {
            if let account = try objects.find("serviceaccounts", accountName, namespace: request.namespace) {
                return account
            }
            guard attempt < attempts else { break }
            do { try await time.sleep(for: Self.attemptPause) } catch { break }
        }
        throw request.forbidden(
            "error looking up service account \(request.namespace)/\(accountName): serviceaccount"
                + " \"\(accountName)\" not found")
    }

    // MARK: The token's volume

    private static func mountToken(_ spec: inout Fields, suffix: String) {
        let present = (spec["volumes"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        let existing = present.first { $0.hasPrefix(SoundSpecs.tokenVolumePrefix) }
        let volume = existing ?? SoundSpecs.tokenVolumePrefix + suffix
        var isMounted = false
        for list in ["initContainers", "containers"] {
            spec.inItems(list) { container in
                let mounts = container["volumeMounts"]?.arrayValue ?? []
                guard !mounts.contains(where: { $0["mountPath"]?.stringValue == mountPath }) else { return }
                container["volumeMounts"] = .array(
                    mounts + [["mountPath": .string(mountPath), "name": .string(volume), "readOnly": true]])
                isMounted = true
            }
        }
        guard isMounted, existing == nil else { return }
        spec["volumes"] = .array((spec["volumes"]?.arrayValue ?? []) + [tokenVolume(volume)])
    }

    private static func tokenVolume(_ name: String) -> Value {
        ["name": .string(name), "projected": tokenSources]
    }

    /// Token, authority and namespace, side by side in one directory; all pods share this value.
    private static let tokenSources: Value = [
        "defaultMode": 420,
        "sources": [
            ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
            ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
            [
                "downwardAPI": [
                    "items": [
                        ["path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]]
                    ]
                ]
            ],
        ],
    ]
}
