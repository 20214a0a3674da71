package import APIMachinery

/// Claims and slices under `resource.k8s.io/v1beta1` and under `v1`, where what is asked for exactly and what a device
/// is have other places.
package enum DeviceConversion {
    /// What `v1beta1` has in the request itself and `v1` in its `exactly`.
    private static let exact = [
        "deviceClassName", "selectors", "allocationMode", "count", "adminAccess", "tolerations", "capacity",
    ]
    private static let v1 = "resource.k8s.io/v1"
    private static let v1beta1 = "resource.k8s.io/v1beta1"

    package static func toV1(_ object: Value) -> Value {
        changed(object, to: v1) { request in
            var exactly = Fields()
            for name in exact {
                if let value = request.remove(name) { exactly[name] = value }
            }
            if !exactly.isEmpty { request["exactly"] = .object(exactly) }
        } device: { device in
            guard case .object(let basic)? = device.remove("basic") else { return }
            for field in basic { device[field.name] = field.value }
        }
    }

    package static func toV1beta1(_ object: Value) -> Value {
        changed(object, to: v1beta1) { request in
            guard case .object(let exactly)? = request.remove("exactly") else { return }
            for field in exactly { request[field.name] = field.value }
        } device: { device in
            var basic = device
            guard let name = basic.remove("name") else { return }
            device = Fields()
            device["name"] = name
            device["basic"] = .object(basic)
        }
    }

    private static func changed(
        _ object: Value, to version: String, request: (inout Fields) -> Void, device: (inout Fields) -> Void
    ) -> Value {
        var object = object
        object["apiVersion"] = .string(version)
        change(&object, ["spec", "devices", "requests"], request)
        change(&object, ["spec", "spec", "devices", "requests"], request)
        change(&object, ["spec", "devices"], device)
        return object
    }

    /// Changes every object of a list, where there is one at that place.
    private static func change(_ object: inout Value, _ path: [String], _ change: (inout Fields) -> Void) {
        guard let name = path.first, var part = object[name] else { return }
        if path.count > 1 {
            self.change(&part, Array(path.dropFirst()), change)
        } else if case .array(let items) = part {
            part = .array(
                items.map { item in
                    guard case .object(var fields) = item else { return item }
                    change(&fields)
                    return .object(fields)
                })
        }
        object[name] = part
    }
}
