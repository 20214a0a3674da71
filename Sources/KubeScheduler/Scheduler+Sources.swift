internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Synchronization

/// Everything the scheduler watches.
struct ClusterSources: Sendable {
    let nodes: Informer<Node>
    let pods: Informer<Pod>
    let namespaces: Informer<Namespace>
    let claims: Informer<PersistentVolumeClaim>
    let volumes: Informer<PersistentVolume>
    let storageClasses: Informer<StorageClass>
    let services: Informer<Service>
    let replicaSets: Informer<ReplicaSet>
    let statefulSets: Informer<StatefulSet>
    let replicationControllers: Informer<ReplicationController>
    let budgets: Informer<PodDisruptionBudget>

    init(_ informers: InformerFactory) {
        nodes = informers.informer()
        pods = informers.informer()
        namespaces = informers.informer()
        claims = informers.informer()
        volumes = informers.informer()
        storageClasses = informers.informer()
        services = informers.informer()
        replicaSets = informers.informer()
        statefulSets = informers.informer()
        replicationControllers = informers.informer()
        budgets = informers.informer()
    }

    func waitForSync() async {
        await nodes.waitForSync()
        await pods.waitForSync()
        await namespaces.waitForSync()
        await claims.waitForSync()
        await volumes.waitForSync()
        await storageClasses.waitForSync()
        await services.waitForSync()
        await replicaSets.waitForSync()
        await statefulSets.waitForSync()
        await replicationControllers.waitForSync()
        await budgets.waitForSync()
    }
}

/// From changes of objects to changes of cache and queue.
extension Scheduler {
    func follow(_ sources: ClusterSources) {
        sources.nodes.addHandler { [self] in nodeChanged($0) }
        sources.pods.addHandler { [self] in podChanged($0) }
        sources.namespaces.addHandler { [self] event in
            let labels = event.isDeletion ? nil : event.object.metadata.labels
            let name = event.object.metadata.name
            change(.namespaceLabels) { $0.namespaceLabels[name] = labels }
        }
        sources.claims.addHandler { [self] event in
            let info = event.isDeletion ? nil : ClaimInfo(event.object)
            change(.storage) { $0.claims[ObjectKey(event.object)] = info }
        }
        sources.volumes.addHandler { [self] event in
            let info = event.isDeletion ? nil : VolumeInfo(event.object)
            change(.storage) { $0.volumes[event.object.metadata.name] = info }
        }
        sources.storageClasses.addHandler { [self] event in
            let info = event.isDeletion ? nil : StorageClassInfo(event.object)
            change(.storage) { $0.storageClasses[event.object.metadata.name] = info }
        }
        sources.services.addHandler { [self] event in
            let service = event.object
            let selector = service.spec.selector
            let isSelecting = !event.isDeletion && !selector.isEmpty
            let kept = isSelecting ? Selector(equalTo: selector) : nil
            state.withLock {
                $0.cache.set(service: service.metadata.name, namespace: service.metadata.namespace, kept)
            }
        }
        sources.replicaSets.addHandler { [self] in workloadChanged($0, Selector.of($0.object.spec.selector)) }
        sources.statefulSets.addHandler { [self] in workloadChanged($0, Selector.of($0.object.spec.selector)) }
        sources.replicationControllers.addHandler { [self] in
            workloadChanged($0, Selector(equalTo: $0.object.spec.selector))
        }
        sources.budgets.addHandler { [self] event in
            let info = event.isDeletion ? nil : DisruptionBudgetInfo(event.object)
            state.withLock { $0.cache.set(budget: info, key: ObjectKey(event.object)) }
        }
    }

    private func change(_ events: ClusterEvents, _ body: (inout ClusterSnapshot) -> Void) {
        state.withLock { body(&$0.cache.snapshot) }
        if !events.isEmpty { queue.happened(events) }
    }

    private func workloadChanged<T: APIObject>(_ event: InformerEvent<T>, _ selector: Selector) {
        let metadata = event.object.metadata
        let key = WorkloadKey(kind: T.gvk.kind, namespace: metadata.namespace, name: metadata.name)
        let kept = event.isDeletion || selector.isNothing ? nil : selector
        change([]) { $0.workloads[key] = kept }
    }

    // MARK: Nodes

    private func nodeChanged(_ event: InformerEvent<Node>) {
        switch event {
        case .added(let node):
            state.withLock { $0.cache.set(node) }
            queue.happened(.nodeAdded)
        case .updated(let old, let new):
            let events = Self.difference(old, new)
            if !events.isEmpty || old.status.images != new.status.images { state.withLock { $0.cache.set(new) } }
            if !events.isEmpty { queue.happened(events) }
        case .deleted(let node):
            state.withLock { $0.cache.removeNode(named: node.metadata.name) }
            queue.happened(.nodeRemoved)
        }
    }

    /// Most updates are heartbeats and change nothing here.
    private static func difference(_ old: Node, _ new: Node) -> ClusterEvents {
        var events: ClusterEvents = []
        if old.status.allocatable != new.status.allocatable { events.insert(.nodeAllocatable) }
        if old.metadata.labels != new.metadata.labels { events.insert(.nodeLabels) }
        if old.spec.taints != new.spec.taints || old.spec.unschedulable != new.spec.unschedulable {
            events.insert(.nodeTaints)
        }
        return events
    }

    // MARK: Pods

    private func podChanged(_ event: InformerEvent<Pod>) {
        switch event {
        case .added(let pod):
            podIs(pod, before: nil)
        case .updated(let old, let new):
            if old.metadata.uid != new.metadata.uid {
                podGone(old)
                podIs(new, before: nil)
            } else {
                podIs(new, before: old)
            }
        case .deleted(let pod):
            podGone(pod)
        }
    }

    private func podIs(_ pod: Pod, before old: Pod?) {
        let uid = pod.metadata.uid
        if pod.status.phase == "Succeeded" || pod.status.phase == "Failed" { return podGone(pod) }
        if !pod.spec.nodeName.isEmpty { return podIsPlaced(pod, before: old) }
        guard pod.metadata.deletionTimestamp == nil else { return podGone(pod) }
        guard profiles[pod.spec.schedulerName] != nil else { return }
        let pending = state.withLock { state -> PendingPod? in
            guard state.cache.pod(uid: uid) == nil else { return nil }
            let pending = PendingPod(pod, group: state.cache.group(of: pod))
            let node = pending.nominatedNodeName
            if !node.isEmpty || old?.status.nominatedNodeName.isEmpty == false {
                state.cache.nominate(pending.info, on: node.isEmpty ? nil : node)
            }
            return pending
        }
        if let pending { queue.change { $0.set(pending) } }
    }

    private func podIsPlaced(_ pod: Pod, before old: Pod?) {
        guard let old, !old.spec.nodeName.isEmpty else {
            state.withLock { $0.cache.set(pod) }
            if profiles[pod.spec.schedulerName] != nil { queue.change { $0.remove(uid: pod.metadata.uid) } }
            return queue.happened(.podPlaced)
        }
        guard Self.countsDifferently(old, pod) else { return }
        state.withLock { $0.cache.set(pod) }
        queue.happened(.podChanged)
    }

    /// Most updates of a placed pod tell of its containers and change nothing here.
    private static func countsDifferently(_ old: Pod, _ new: Pod) -> Bool {
        old.metadata.generation != new.metadata.generation || old.metadata.labels != new.metadata.labels
            || (old.metadata.deletionTimestamp == nil) != (new.metadata.deletionTimestamp == nil)
            || old.status.startTime != new.status.startTime
            || old.status.containerStatuses.map(\.resources) != new.status.containerStatuses.map(\.resources)
    }

    private func podGone(_ pod: Pod) {
        let uid = pod.metadata.uid
        let wasCounted = state.withLock { state in
            defer { state.cache.removePod(uid: uid) }
            state.plans[ObjectKey(pod)] = nil
            return state.cache.pod(uid: uid) != nil
        }
        if profiles[pod.spec.schedulerName] != nil { queue.change { $0.remove(uid: uid) } }
        if wasCounted || !pod.status.nominatedNodeName.isEmpty { queue.happened(.podRemoved) }
    }
}

extension InformerEvent {
    fileprivate var isDeletion: Bool {
        if case .deleted = self { return true }
        return false
    }
}

extension ClaimInfo {
    init(_ claim: PersistentVolumeClaim) {
        self.init()
        uid = claim.metadata.uid
        volumeName = claim.spec.volumeName
        isBound =
            !claim.spec.volumeName.isEmpty
            && claim.metadata.annotations["pv.kubernetes.io/bind-completed"] != nil
            || claim.status.phase == "Bound"
        isTerminating = claim.metadata.deletionTimestamp != nil
        storageClass = claim.spec.storageClassName ?? ""
        selectedNode = claim.metadata.annotations["volume.kubernetes.io/selected-node"] ?? ""
        isReadWriteOncePod = claim.spec.accessModes.contains("ReadWriteOncePod")
        accessModes = claim.spec.accessModes
        size = claim.spec.resources.requests["storage"]?.value ?? 0
    }
}

extension VolumeInfo {
    init(_ volume: PersistentVolume) {
        self.init()
        name = volume.metadata.name
        nodes = volume.spec.nodeAffinity?.required.map(NodeTerms.init)
        storageClass = volume.spec.storageClassName
        accessModes = volume.spec.accessModes
        capacity = volume.spec.capacity["storage"]?.value ?? 0
        claim = volume.spec.claimRef.map { ObjectKey(namespace: $0.namespace, name: $0.name) }
    }
}

extension StorageClassInfo {
    init(_ storage: StorageClass) {
        self.init()
        waitsForConsumer = storage.volumeBindingMode == "WaitForFirstConsumer"
        provisioner = storage.provisioner
    }
}

extension DisruptionBudgetInfo {
    init(_ budget: PodDisruptionBudget) {
        self.init(
            namespace: budget.metadata.namespace, selector: Selector.of(budget.spec.selector),
            disruptionsAllowed: Int(budget.status.disruptionsAllowed),
            disruptedPods: Set(budget.status.disruptedPods.keys))
    }
}
