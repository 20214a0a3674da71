internal import ControllerRuntime

extension NodeTerms {
    func matches(_ node: NodeShape) -> Bool { matches(labels: node.labels, name: node.name) }
}

extension NodeTerms.Term {
    func matches(_ node: NodeShape) -> Bool { matches(labels: node.labels, name: node.name) }
}

extension NodeDemand {
    func matches(_ node: NodeShape) -> Bool { matches(labels: node.labels, name: node.name) }
}
