package import APIMachinery
package import APITypes
package import Determinism

extension ObjectMeta {
    /// Metadata with a UID derived from the name, made at the epoch of all tests.
    package static func sample(
        _ name: String, namespace: String = "default", labels: [String: String] = [:]
    ) -> ObjectMeta {
        var metadata = ObjectMeta()
        metadata.name = name
        metadata.namespace = namespace
        metadata.uid = "uid-" + name
        metadata.labels = labels
        metadata.creationTimestamp = .testEpoch
        metadata.generation = 1
        return metadata
    }
}

extension PodTemplateSpec {
    package static func sample(labels: [String: String] = ["app": "web"], image: String = "web:1") -> PodTemplateSpec {
        var template = PodTemplateSpec()
        template.metadata.labels = labels
        var container = Container()
        container.name = "main"
        container.image = image
        template.spec.containers = [container]
        return template
    }
}

extension LabelSelector {
    package static func labels(_ labels: [String: String]) -> LabelSelector {
        var selector = LabelSelector()
        selector.matchLabels = labels
        return selector
    }
}

extension Pod {
    /// A running pod; `ready: nil` is one that has not begun.
    package static func sample(
        _ name: String, namespace: String = "default", labels: [String: String] = ["app": "web"], node: String = "n1",
        ready: Bool? = true, readySince: Timestamp = .testEpoch, ip: String = ""
    ) -> Pod {
        var pod = Pod()
        pod.metadata = .sample(name, namespace: namespace, labels: labels)
        pod.spec = PodTemplateSpec.sample().spec
        pod.spec.nodeName = node
        pod.status.phase = ready == nil ? "Pending" : "Running"
        pod.status.podIP = ip
        if let ready {
            var condition = PodCondition()
            condition.type = "Ready"
            condition.status = ready ? "True" : "False"
            condition.lastTransitionTime = readySince
            pod.status.conditions = [condition]
        }
        return pod
    }
}

extension Deployment {
    package static func sample(
        _ name: String = "web", replicas: Int32 = 3, image: String = "web:1", maxSurge: IntOrString = "25%",
        maxUnavailable: IntOrString = "25%"
    ) -> Deployment {
        var deployment = Deployment()
        deployment.metadata = .sample(name)
        deployment.spec.replicas = replicas
        deployment.spec.selector = .labels(["app": name])
        deployment.spec.template = .sample(labels: ["app": name], image: image)
        deployment.spec.strategy.type = "RollingUpdate"
        var rolling = RollingUpdateDeployment()
        rolling.maxSurge = maxSurge
        rolling.maxUnavailable = maxUnavailable
        deployment.spec.strategy.rollingUpdate = rolling
        deployment.spec.revisionHistoryLimit = 10
        deployment.spec.progressDeadlineSeconds = 600
        return deployment
    }
}
