package import APIMachinery

/// Who asks: what authentication found out, and what authorization, admission and audit go by.
package struct UserInfo: Sendable, Hashable {
    package var name: String
    /// Tells apart two users who had the same name at different times; empty when nobody knows.
    package var uid: String
    package var groups: [String]
    /// What the authenticator adds, such as the pod of a service-account token.
    package var extra: [String: [String]]

    package init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    /// The user of a request without credentials.
    package static let anonymous = UserInfo(name: "system:anonymous", groups: [UserGroup.unauthenticated])
}

/// Groups that mean something to the API server itself.
package enum UserGroup {
    /// May do everything, no policy asked.
    package static let masters = "system:masters"
    package static let authenticated = "system:authenticated"
    package static let unauthenticated = "system:unauthenticated"
    package static let nodes = "system:nodes"
    package static let serviceAccounts = "system:serviceaccounts"
}

/// What a request is about to do, in the words that policies use.
package struct AuthorizationAttributes: Sendable, Hashable {
    /// One requirement of a field selector: `spec.nodeName=a`, or `!=`.
    package struct FieldRequirement: Sendable, Hashable {
        package var field: String
        package var value: String
        package var isNegated: Bool

        package init(field: String, value: String, isNegated: Bool = false) {
            self.field = field
            self.value = value
            self.isNegated = isNegated
        }
    }

    package var user: UserInfo
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `impersonate`, ...;
    /// for other paths the HTTP method in lower case.
    package var verb: String
    package var apiGroup: String
    package var apiVersion: String
    package var resource: String
    package var subresource: String
    /// Empty for cluster-wide requests.
    package var namespace: String
    /// Empty when the request names no object.
    package var name: String
    package var path: String
    package var isResourceRequest: Bool
    /// To what a list, a watch or a deletion of many is limited: one node's pods, for example.
    package var fieldSelector: [FieldRequirement]
    package var labelSelector: [LabelRequirement]

    /// A request for an API resource.
    package init(
        user: UserInfo, verb: String, apiGroup: String = "", apiVersion: String = "v1", resource: String,
        subresource: String = "", namespace: String = "", name: String = "", path: String = "",
        fieldSelector: [FieldRequirement] = [], labelSelector: [LabelRequirement] = []
    ) {
        self.user = user
        self.verb = verb
        self.apiGroup = apiGroup
        self.apiVersion = apiVersion
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
        self.path = path
        self.fieldSelector = fieldSelector
        self.labelSelector = labelSelector
        isResourceRequest = true
    }

    /// A request for any other path, such as `/healthz`.
    package init(user: UserInfo, verb: String, path: String) {
        self.init(user: user, verb: verb, apiVersion: "", resource: "", path: path)
        isResourceRequest = false
    }
}

extension AuthorizationAttributes {
    /// `pods` or `pods/log`.
    package var combinedResource: String { subresource.isEmpty ? resource : resource + "/" + subresource }
}
