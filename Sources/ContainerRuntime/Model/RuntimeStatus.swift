package import Determinism

/// Who the runtime says it is.
package struct RuntimeVersion: Sendable, Equatable {
    /// `containerd`
    package var name: String
    package var version: String
    /// `v1`
    package var apiVersion: String

    package init(name: String, version: String, apiVersion: String) {
        self.name = name
        self.version = version
        self.apiVersion = apiVersion
    }
}

/// The runtime's health in its own words.
package struct RuntimeStatus: Sendable, Equatable {
    package struct Condition: Sendable, Equatable {
        package var type: String
        package var isTrue: Bool
        package var reason: String
        package var message: String

        package init(type: String, isTrue: Bool, reason: String = "", message: String = "") {
            self.type = type
            self.isTrue = isTrue
            self.reason = reason
            self.message = message
        }
    }

    package var conditions: [Condition]
    /// Names of the runtime handlers, where the runtime lists them.
    package var handlers: [String]

    package init(conditions: [Condition], handlers: [String] = []) {
        self.conditions = conditions
        self.handlers = handlers
    }

    package func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }

    package var isRuntimeReady: Bool { condition("RuntimeReady")?.isTrue ?? false }
    package var isNetworkReady: Bool { condition("NetworkReady")?.isTrue ?? false }
}

/// Something that happened to a container or a sandbox.
package struct RuntimeEvent: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The connection is new: events may have been missed, so list everything. `id` is empty.
        case resync
        case created
        case started
        case exited(code: Int32)
        /// The kernel killed a process of it for want of memory.
        case outOfMemory
        case deleted
    }

    package var kind: Kind
    /// The id of a container or of a sandbox; the lists tell which.
    package var id: String
    package var time: Timestamp

    package init(_ kind: Kind, id: String = "", time: Timestamp) {
        self.kind = kind
        self.id = id
        self.time = time
    }
}
