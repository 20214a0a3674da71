internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import DequeModule
internal import Synchronization

/// One version of a custom resource whose versions a webhook converts.
///
/// **Flow.** Objects come as they lie in the store, in whatever version they were written; they are brought into the form
/// that their own version has now, then converted, then what this version does not know goes.
///
/// **Guarantees.** What the webhook has made of an object is kept for a while, so that many readers and watchers of one
/// state of an object ask once, also at the same time. Each gets the values: what is kept may go at any time.
final class CustomConversion: StorageConversion {
    /// Kept at most, measured by what was converted; the oldest goes first.
    static let keptBytesMax = 8 << 20
    /// Of one question; the answer has to be shorter than `WebhookCaller.answerMax`.
    static let questionObjectsMax = 100
    static let questionBytesMax = 512 << 10

    private typealias Values = [ObjectState: Value]
    private typealias Question = Task<Result<Values, StatusError>, Never>

    private struct Memo {
        var kept: Values = [:]
        var order: Deque<(state: ObjectState, bytes: Int)> = []
        var bytes = 0
        var asked: [ObjectState: Question] = [:]
    }

    private let kind: GroupVersionKind
    private let storage: GroupVersion
    /// By name; all that the definition has, served or not.
    private let versions: [String: CustomVersion]
    private let webhook: ConversionWebhook
    /// How objects that lie in this version begin: JSON is sorted.
    private let opening: [UInt8]
    private let memo = Mutex(Memo())

    init(
        _ kind: GroupVersionKind, storage: GroupVersion, versions: [String: CustomVersion], webhook: ConversionWebhook
    ) {
        self.kind = kind
        self.storage = storage
        self.versions = versions
        self.webhook = webhook
        opening = Array("{\"apiVersion\":\"\(kind.groupVersion)\",".utf8)
    }

    private var version: GroupVersion { kind.groupVersion }

    // MARK: Writes

    func read(_ object: CachedObject) async throws(StatusError) -> Value {
        try await converted([object]).value(of: object)
    }

    /// An object of any version, in this one.
    func read(_ object: Value) async throws(StatusError) -> Value { try await convert(object, to: version) }

    /// What is stored has all that its version fills in, so that it can be shown as it lies.
    func stored(_ object: Value) async throws(StatusError) -> Value {
        guard version != storage else { return object }
        var stored = try await convert(object, to: storage)
        versions[storage.version]?.revise(&stored)
        return stored
    }

    /// What is known of a version of the resource; `nil` for one that is gone.
    func schema(of version: GroupVersion) -> SchemaType? {
        guard version.group == kind.group, let custom = versions[version.version] else { return nil }
        return custom.schema.schemaType(
            kind: GroupVersionKind(group: version.group, version: version.version, kind: kind.kind))
    }

    func convert(_ object: Value, to target: GroupVersion) async throws(StatusError) -> Value {
        try await convert([object], to: target)[0]
    }

    func isCurrent(_ object: CachedObject) throws(StatusError) -> Bool {
        try object.value()["apiVersion"]?.stringValue == storage.description
    }

    /// Whether the object lies in this version; false where that is not to be seen at once.
    func isVersion(of object: CachedObject) -> Bool { object.json.starts(with: opening) }

    private func convert(_ objects: [Value], to target: GroupVersion) async throws(StatusError) -> [Value] {
        let converted = try await webhook.convert(objects, to: target)
        return converted.map { object in
            var object = object
            versions[target.version]?.prune(&object)
            return object
        }
    }

    // MARK: Reads

    func converted(_ objects: [CachedObject]) async throws(StatusError) -> ConvertedObjects {
        var (values, others, own) = begin(objects)
        for question in others {
            if case .success(let more) = await question.value { values.merge(more) { first, _ in first } }
        }
        if let own { values.merge(try await own.value.get()) { first, _ in first } }
        // What others asked for may have failed for another object's sake.
        let lacking = objects.filter { values[ObjectState($0)] == nil }
        values.merge(try await ask(lacking)) { first, _ in first }
        return ConvertedObjects(values)
    }

    /// What is known, whose questions are to be waited for, and the question for all that nobody has asked yet.
    private func begin(_ objects: [CachedObject]) -> (Values, others: Set<Question>, own: Question?) {
        memo.withLock { memo in
            var (values, others, lacking): (Values, Set<Question>, [CachedObject]) = ([:], [], [])
            for object in objects {
                let state = ObjectState(object)
                if let value = memo.kept[state] {
                    values[state] = value
                } else if let question = memo.asked[state] {
                    others.insert(question)
                } else {
                    lacking.append(object)
                }
            }
            guard !lacking.isEmpty else { return (values, others, nil) }
            let question = Question { [lacking] in
                let answer: Result<Values, StatusError>
                do throws(StatusError) { answer = .success(try await self.ask(lacking)) } catch { answer = .failure(error) }
                self.end(lacking, answer)
                return answer
            }
            for object in lacking { memo.asked[ObjectState(object)] = question }
            return (values, others, question)
        }
    }

    private func end(_ objects: [CachedObject], _ answer: Result<Values, StatusError>) {
        memo.withLock { memo in
            for object in objects {
                let state = ObjectState(object)
                memo.asked[state] = nil
                guard case .success(let values) = answer, let value = values[state] else { continue }
                memo.kept[state] = value
                memo.order.append((state, object.json.count))
                memo.bytes += object.json.count
            }
            while memo.bytes > Self.keptBytesMax, let oldest = memo.order.popFirst() {
                memo.kept[oldest.state] = nil
                memo.bytes -= oldest.bytes
            }
        }
    }

    private func ask(_ objects: [CachedObject]) async throws(StatusError) -> Values {
        var values: Values = [:]
        var rest = objects[...]
        while !rest.isEmpty {
            let part = Self.question(rest)
            rest = rest.dropFirst(part.count)
            var sent: [Value] = []
            for object in part { sent.append(try present(object)) }
            for (object, value) in zip(part, try await convert(sent, to: version)) { values[ObjectState(object)] = value }
        }
        return values
    }

    /// As many objects from the front as are asked for at once.
    private static func question(_ objects: ArraySlice<CachedObject>) -> ArraySlice<CachedObject> {
        var bytes = 0
        let end = objects.prefix(questionObjectsMax).firstIndex { object in
            bytes += object.json.count
            return bytes > questionBytesMax
        }
        return objects.prefix(max(1, end.map { $0 - objects.startIndex } ?? questionObjectsMax))
    }

    /// The object in the form that its own version has now.
    private func present(_ object: CachedObject) throws(StatusError) -> Value {
        var value = try object.value()
        let name = GroupVersion(value["apiVersion"]?.stringValue ?? "").version
        versions[name]?.revise(&value)
        return value
    }
}
