package import APIMachinery

extension GroupVersion {
    /// Where its resources are: `api/v1`, `apis/apps/v1`.
    package var path: String { group.isEmpty ? "api/\(version)" : "apis/\(self)" }
}
