package import APITypes
internal import ControllerRuntime

/// Spreads endpoints over slices with as few writes as will do.
///
/// An endpoint stays in the slice in which it is; new ones fill slices that must be written anyway, then other
/// slices with room, then new slices. Slices left empty go, but a service keeps at least one.
package enum SlicePacking {
    /// Endpoints of one address type that share their ports.
    package struct Group: Sendable, Equatable {
        package var addressType: String
        package var ports: [DiscoveryEndpointPort]
        package var endpoints: [Endpoint]

        package init(addressType: String, ports: [DiscoveryEndpointPort], endpoints: [Endpoint]) {
            self.addressType = addressType
            self.ports = ports
            self.endpoints = endpoints
        }
    }

    /// What to write. Slices to create have no name.
    package struct Changes: Sendable, Equatable {
        package var create: [EndpointSlice] = []
        package var update: [EndpointSlice] = []
        package var delete: [EndpointSlice] = []

        package init(create: [EndpointSlice] = [], update: [EndpointSlice] = [], delete: [EndpointSlice] = []) {
            self.create = create
            self.update = update
            self.delete = delete
        }
    }

    /// - template: labels, annotations and owner that every slice is to have.
    package static func changes(
        present: [EndpointSlice], groups: [Group], template: EndpointSlice, endpointsMax: Int
    ) -> Changes {
        var changes = Changes()
        var unclaimed = present.sorted { $0.metadata.name < $1.metadata.name }
        for group in groups {
            let matches: (EndpointSlice) -> Bool = { $0.addressType == group.addressType && $0.ports == group.ports }
            let slices = unclaimed.filter(matches)
            unclaimed.removeAll(where: matches)
            pack(group, slices, template, endpointsMax, &changes)
        }
        changes.delete += unclaimed
        return changes
    }

    private static func pack(
        _ group: Group, _ slices: [EndpointSlice], _ template: EndpointSlice, _ endpointsMax: Int,
        _ changes: inout Changes
    ) {
        var wanted: [EndpointKey: Endpoint] = [:]
        for endpoint in group.endpoints { wanted[EndpointKey(endpoint)] = endpoint }
        var packed: [(slice: EndpointSlice, isChanged: Bool)] = slices.map { slice in
            var kept = slice
            kept.endpoints = slice.endpoints.compactMap { wanted.removeValue(forKey: EndpointKey($0)) }
            kept.metadata.labels = template.metadata.labels
            kept.metadata.annotations = template.metadata.annotations
            kept.metadata.ownerReferences = template.metadata.ownerReferences
            return (kept, kept != slice)
        }
        var fresh = group.endpoints.filter { wanted[EndpointKey($0)] != nil }
        for isChanged in [true, false] {
            for index in packed.indices where packed[index].isChanged == isChanged && !fresh.isEmpty {
                let room = endpointsMax - packed[index].slice.endpoints.count
                guard room > 0 else { continue }
                packed[index].slice.endpoints += fresh.prefix(room)
                packed[index].isChanged = true
                fresh.removeFirst(min(room, fresh.count))
            }
        }
        while !fresh.isEmpty {
            changes.create.append(slice(group, template, Array(fresh.prefix(endpointsMax))))
            fresh.removeFirst(min(endpointsMax, fresh.count))
        }
        let hasOthers = packed.contains { !$0.slice.endpoints.isEmpty }
        var hasPlaceholder = hasOthers || !changes.create.isEmpty
        if packed.isEmpty, !hasPlaceholder { changes.create.append(slice(group, template, [])) }
        for (slice, isChanged) in packed {
            if slice.endpoints.isEmpty, hasPlaceholder {
                changes.delete.append(slice)
            } else {
                hasPlaceholder = true
                if isChanged { changes.update.append(slice) }
            }
        }
    }

    private static func slice(_ group: Group, _ template: EndpointSlice, _ endpoints: [Endpoint]) -> EndpointSlice {
        var slice = template
        slice.addressType = group.addressType
        slice.ports = group.ports
        slice.endpoints = endpoints
        return slice
    }
}

/// Which endpoint: the same pod at the same addresses, whatever its conditions.
struct EndpointKey: Hashable {
    let addresses: [String]
    let target: String

    init(_ endpoint: Endpoint) {
        addresses = endpoint.addresses
        target = endpoint.targetRef?.uid ?? ""
    }
}
