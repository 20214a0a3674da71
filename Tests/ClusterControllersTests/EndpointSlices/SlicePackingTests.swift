import APIMachinery
import APITypes
import ClusterControllers
import Determinism
import TestKit
import Testing

@Suite("SlicePacking")
struct SlicePackingTests {
    private func endpoint(_ number: Int, ready: Bool = true) -> Endpoint {
        var endpoint = Endpoint()
        endpoint.addresses = ["10.0.\(number / 250).\(number % 250)"]
        endpoint.conditions.ready = ready
        return endpoint
    }

    private func group(_ endpoints: [Endpoint]) -> SlicePacking.Group {
        SlicePacking.Group(addressType: "IPv4", ports: [], endpoints: endpoints)
    }

    private func applied(_ changes: SlicePacking.Changes, to slices: [EndpointSlice], _ count: inout Int) -> [EndpointSlice] {
        var slices = slices.filter { slice in !changes.delete.contains { $0.metadata.name == slice.metadata.name } }
        for updated in changes.update {
            for index in slices.indices where slices[index].metadata.name == updated.metadata.name {
                slices[index] = updated
            }
        }
        for var created in changes.create {
            count += 1
            created.metadata.name = "s\(count)"
            slices.append(created)
        }
        return slices
    }

    @Test("whatever comes and goes, slices hold exactly the endpoints wanted, none overfull, and settle")
    func holdsWhatIsWanted() {
        for seed in 0..<100 {
            let random = SeededRandomSource(seed: UInt64(seed))
            var slices: [EndpointSlice] = []
            var count = 0
            for _ in 0..<8 {
                let wanted = (0..<40).filter { _ in random.below(2) == 0 }.map { endpoint($0, ready: random.below(2) == 0) }
                let changes = SlicePacking.changes(
                    present: slices, groups: [group(wanted)], template: EndpointSlice(), endpointsMax: 7)
                slices = applied(changes, to: slices, &count)
                let held = slices.flatMap(\.endpoints)
                #expect(held.map(\.addresses[0]).sorted() == wanted.map(\.addresses[0]).sorted(), "seed \(seed)")
                #expect(held.allSatisfy { wanted.contains($0) }, "seed \(seed)")
                #expect(slices.allSatisfy { $0.endpoints.count <= 7 })
                let again = SlicePacking.changes(
                    present: slices, groups: [group(wanted)], template: EndpointSlice(), endpointsMax: 7)
                #expect(again == SlicePacking.Changes(), "seed \(seed): not settled")
            }
        }
    }

    @Test("one endpoint more writes one slice")
    func fewWrites() {
        var full = EndpointSlice()
        full.metadata.name = "full"
        full.addressType = "IPv4"
        full.endpoints = (0..<100).map { endpoint($0) }
        var roomy = full
        roomy.metadata.name = "roomy"
        roomy.endpoints = (100..<150).map { endpoint($0) }
        let changes = SlicePacking.changes(
            present: [full, roomy], groups: [group((0..<151).map { endpoint($0) })], template: EndpointSlice(),
            endpointsMax: 100)
        #expect(changes.update.map(\.metadata.name) == ["roomy"])
        #expect(changes.create.isEmpty && changes.delete.isEmpty)
    }
}

@Suite("EndpointSlicePlan")
struct EndpointSlicePlanTests {
    private var service: Service {
        var service = Service()
        service.metadata = .sample("web", labels: ["team": "a"])
        service.spec.clusterIP = "10.96.0.9"
        service.spec.ipFamilies = ["IPv4"]
        var port = ServicePort()
        port.name = "http"
        port.port = 80
        port.targetPort = "web"
        service.spec.ports = [port]
        return service
    }

    private func pod(_ name: String, _ ip: String, port: Int32, ready: Bool = true) -> Pod {
        var pod = Pod.sample(name, ready: ready, ip: ip)
        var containerPort = ContainerPort()
        containerPort.name = "web"
        containerPort.containerPort = port
        pod.spec.containers[0].ports = [containerPort]
        return pod
    }

    @Test("pods that name the same port differently stand in slices of their own")
    func namedPorts() {
        let changes = EndpointSlicePlan.changes(
            for: service, pods: [pod("a", "10.0.0.1", port: 8080), pod("b", "10.0.0.2", port: 9090)], zones: ["n1": "z1"],
            present: [])
        #expect(changes.create.map { $0.ports.first?.port } == [8080, 9090])
        let slice = changes.create[0]
        #expect(slice.metadata.generateName == "web-")
        #expect(slice.metadata.labels == [
            "team": "a", "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        ])
        #expect(slice.endpoints.first?.zone == "z1")
        #expect(slice.endpoints.first?.nodeName == "n1")
    }

    @Test("conditions tell ready, serving and terminating apart")
    func conditions() {
        var leaving = pod("leaving", "10.0.0.1", port: 80)
        leaving.metadata.deletionTimestamp = .testEpoch
        var finished = pod("finished", "10.0.0.2", port: 80)
        finished.status.phase = "Succeeded"
        func flags(_ service: Service, _ pod: Pod) -> [Bool?] {
            let changes = EndpointSlicePlan.changes(for: service, pods: [pod], zones: [:], present: [])
            let conditions = changes.create.first?.endpoints.first?.conditions
            return [conditions?.ready, conditions?.serving, conditions?.terminating]
        }
        #expect(flags(service, leaving) == [false, true, true])
        #expect(flags(service, pod("new", "10.0.0.3", port: 80, ready: false)) == [false, false, false])
        #expect(flags(service, finished) == [nil, nil, nil])
        var eager = service
        eager.spec.publishNotReadyAddresses = true
        #expect(flags(eager, pod("new", "10.0.0.3", port: 80, ready: false)) == [true, false, false])
    }

    @Test("a service without pods has one empty slice")
    func placeholder() {
        let changes = EndpointSlicePlan.changes(for: service, pods: [], zones: [:], present: [])
        #expect(changes.create.count == 1)
        #expect(changes.create[0].endpoints.isEmpty)
    }
}
