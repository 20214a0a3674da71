extension CELEnvironment {
    /// The language with what Kubernetes v1.36 adds to it, in the version that it gives new expressions.
    ///
    /// `authorizer` variables are declared where there is someone to ask (``AuthorizerLibrary``); mutating policies
    /// add ``PatchLibrary``.
    package static let kubernetes: CELEnvironment = {
        var environment = CELEnvironment.standard
        for library in [
            OptionalLibrary.library, PatternLibrary.library, ListLibrary.library, SequenceLibrary.library,
            StringLibrary.library, SetLibrary.library, TwoVariableLibrary.library, URLLibrary.library,
            AddressLibrary.library, QuantityLibrary.library, SemverLibrary.library, NamedFormatLibrary.library,
            AuthorizerLibrary.library,
        ] {
            environment.add(library)
        }
        return environment
    }()

    /// What belongs to no product: for tests of the language.
    package static let extensions: [CELLibrary] = [
        OptionalLibrary.library, StringLibrary.library, StringLibrary.reversal, MathLibrary.library,
        TwoVariableLibrary.library, SequenceLibrary.library, SetLibrary.library,
    ]
}
