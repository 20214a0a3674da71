internal import APIMachinery
internal import APIRegistry
internal import Determinism

/// `metrics.k8s.io`: what nodes and pods use at this moment, asked of their kubelets.
struct MetricsHandler: SubresourceHandler {
    private static let window: Value = "15s"

    let kubelets: KubeletClient
    let objects: ObjectLookup
    let time: any Timekeeper

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let isPods = call.resource.info.plural == "pods"
        let items = isPods ? try await pods(call) : try await nodes(call)
        if !call.info.name.isEmpty {
            guard let item = items.first(where: { $0[path: "metadata", "name"]?.stringValue == call.info.name }) else {
                throw .notFound(call.resource.info.groupResource, call.info.name)
            }
            return .response(try .object(item, kind: call.resource.info.groupVersionKind, code: 200, as: call.type))
        }
        let kind = GroupVersionKind(
            group: call.info.group, version: call.info.version, kind: call.resource.info.listKind)
        var list = Value.emptyObject.renamed(to: kind)
        list["metadata"] = .emptyObject
        list["items"] = .array(items)
        return .response(try .object(list, kind: kind, code: 200, as: call.type))
    }

    // MARK: Nodes

    private func nodes(_ call: ResourceCall) async throws(StatusError) -> [Value] {
        let selector = try selector(call)
        var items: [Value] = []
        for (node, summary) in try await summaries() where selector(node) {
            guard let usage = Self.usage(summary["node"]) else { continue }
            items.append(item(of: node, call, fields: ["usage": usage]))
        }
        return items
    }

    // MARK: Pods

    private func pods(_ call: ResourceCall) async throws(StatusError) -> [Value] {
        let selector = try selector(call)
        var items: [Value] = []
        for (_, summary) in try await summaries() {
            for stats in summary["pods"]?.arrayValue ?? [] {
                let reference = stats["podRef"]
                let namespace = reference?["namespace"]?.stringValue ?? ""
                guard call.info.namespace.isEmpty || call.info.namespace == namespace,
                    // A pod that has gone meanwhile uses nothing.
                    let pod = try? objects.get("pods", reference?["name"]?.stringValue ?? "", namespace: namespace),
                    selector(pod)
                else { continue }
                let containers = (stats["containers"]?.arrayValue ?? []).compactMap { container -> Value? in
                    guard let usage = Self.usage(container), let name = container["name"] else { return nil }
                    return ["name": name, "usage": usage]
                }
                guard !containers.isEmpty else { continue }
                items.append(item(of: pod, call, fields: ["containers": .array(containers)]))
            }
        }
        return items
    }

    // MARK: Shared

    /// What every reachable node says; one that does not answer is left out.
    private func summaries() async throws(StatusError) -> [(node: Value, summary: Value)] {
        let nodes = try objects.list("nodes")
        return await withTaskGroup(of: (Value, Value)?.self) { group in
            for node in nodes {
                group.addTask {
                    guard let address = try? KubeletAddress(node),
                        let summary = try? await kubelets.get("/stats/summary", from: address)
                    else { return nil }
                    return (node, summary)
                }
            }
            var all: [(Value, Value)] = []
            for await answer in group { if let answer { all.append(answer) } }
            return all.sorted {
                ($0.0[path: "metadata", "name"]?.stringValue ?? "") < ($1.0[path: "metadata", "name"]?.stringValue ?? "")
            }
        }
    }

    private func selector(_ call: ResourceCall) throws(StatusError) -> (Value) -> Bool {
        guard let text = call.request.query["labelSelector"], !text.isEmpty else { return { _ in true } }
        let selector: Selector
        do throws(SelectorError) { selector = try Selector(parsing: text) } catch { throw .badRequest(error.message) }
        return { object in
            let labels = object[path: "metadata", "labels"]
            return selector.matches(lookup: { labels?[$0]?.stringValue })
        }
    }

    private func item(of object: Value, _ call: ResourceCall, fields: Fields) -> Value {
        var item = Value.emptyObject.renamed(to: call.resource.info.groupVersionKind)
        let now = time.now.rfc3339
        var metadata: Value = ["name": object[path: "metadata", "name"] ?? "", "creationTimestamp": .string(now)]
        if call.resource.info.isNamespaced { metadata["namespace"] = object[path: "metadata", "namespace"] }
        if let labels = object[path: "metadata", "labels"] { metadata["labels"] = labels }
        item["metadata"] = metadata
        item["timestamp"] = .string(now)
        item["window"] = Self.window
        for field in fields { item[field.name] = field.value }
        return item
    }

    /// CPU and memory as quantities; `nil` until there is a rate.
    private static func usage(_ stats: Value?) -> Value? {
        guard let cores = stats?[path: "cpu", "usageNanoCores"]?.integerValue,
            let bytes = stats?[path: "memory", "workingSetBytes"]?.integerValue
        else { return nil }
        return ["cpu": .string("\(cores)n"), "memory": .string("\(bytes / 1024)Ki")]
    }
}
