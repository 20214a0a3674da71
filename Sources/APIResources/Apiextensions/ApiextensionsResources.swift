internal import APIMachinery
internal import APIRegistry

/// Definitions of custom resources.
enum ApiextensionsResources {
    static let all: [String: ResourceCustomization] = [
        "customresourcedefinitions": ResourceCustomization(
            strategy: CustomResourceDefinitionStrategy(),
            columns: [
                TableColumn("Name", format: "name", description: "Name of the definition.") { value, _ in
                    value[path: "metadata", "name"] ?? ""
                },
                TableColumn("Created At", type: "date", description: "When the definition was made.") { value, _ in
                    value[path: "metadata", "creationTimestamp"] ?? ""
                },
            ])
    ]
}
