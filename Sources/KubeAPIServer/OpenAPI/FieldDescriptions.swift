/// Short texts for the fields that every object has; `kubectl explain` shows them. The tables bring none.
enum FieldDescriptions {
    static func text(type: String, isList: Bool, field: String) -> String? {
        switch field {
        case "apiVersion": "APIVersion defines the group and version of the schema that this object is written in."
        case "kind": "Kind names what this object is; with the apiVersion it says which schema applies."
        case "metadata": isList ? "Standard list metadata." : "Standard object's metadata."
        case _: type == SchemaNames.objectMeta ? metadata[field] : nil
        }
    }

    private static let metadata: [String: String] = [
        "annotations": "Annotations are texts for tools and people; nothing is selected by them.",
        "creationTimestamp": "CreationTimestamp is a timestamp of the moment at which the server made the object.",
        "deletionGracePeriodSeconds": "Seconds that the object may take to end after its deletion was asked for.",
        "deletionTimestamp": "The moment after which the object will be gone; set once deletion was asked for.",
        "finalizers": "Names of those who still have something to do before the object can go.",
        "generateName": "What the server begins a name with that it makes up, when no name is given.",
        "generation": "Counts changes of what is wished for.",
        "labels": "Labels are keys and values by which objects are selected.",
        "managedFields": "Who set which fields last.",
        "name": "Name is unique among the objects of its kind in a namespace.",
        "namespace": "Namespace is the space in which the name is unique.",
        "ownerReferences": "The objects that this one belongs to; it goes when all of them are gone.",
        "resourceVersion": "Changes with every write; the server compares it and clients do not interpret it.",
        "selfLink": "No longer filled in.",
        "uid": "UID tells this object from all others that ever had its name.",
    ]
}
