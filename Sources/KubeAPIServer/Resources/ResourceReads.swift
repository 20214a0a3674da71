internal import APIMachinery
internal import APIRegistry
internal import Determinism
internal import KeyValueStore

/// GET, LIST and WATCH.
struct ResourceReads: Sendable {
    /// Watches end after this much time, plus up to as much again, unless the client asks for less.
    static let watchTimeout = Duration.seconds(1800)
    static let listLimitMax = 1_000_000

    let state: ClusterState
    let time: any Timekeeper
    let random: any RandomSource
    /// True when no other server writes to the store, so that the cache is always the newest state.
    let ownsStore: Bool

    /// The answer, if memory has it at this moment; `nil` when it has to be waited for.
    func answerNow(_ call: ResourceCall) throws(StatusError) -> ServerAnswer? {
        switch call.info.verb {
        case "get":
            guard ownsStore || call.request.query["resourceVersion"] == "0" else { return nil }
            try checkReached(call.request.query["resourceVersion"])
            let object = try object(call)
            return isReady([object], call) ? try answer(object, call) : nil
        case "list", "watch":
            let list = try ListRequest(call.info, call.request.query, call.resource)
            guard isAtHand(list, call) else { return nil }
            if call.info.verb == "watch" { return try watch(list, call) }
            let page = page(list, call)
            return isReady(page.objects, call) ? try answer(page, list, call) : nil
        case _:
            return nil
        }
    }

    /// The answer, after waiting for what the client's resource version demands.
    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        if call.info.verb == "get" {
            try await catchUp(call.request.query["resourceVersion"] == "0" ? .any : .latest, call)
            let object = try object(call)
            return try answer(object, call, try await call.resource.converted([object]))
        }
        let list = try ListRequest(call.info, call.request.query, call.resource)
        if call.info.verb == "watch" {
            try await catchUp(watchMatch(list), call)
            return try watch(list, call)
        }
        try await catchUp(list.match, call)
        let found =
            if case .exact(let revision) = list.match, !isAtHand(list, call) {
                try await pastPage(list, at: revision, call)
            } else {
                page(list, call)
            }
        return try answer(found, list, call, try await call.resource.converted(found.objects))
    }

    // MARK: Freshness

    private func isAtHand(_ list: ListRequest, _ call: ResourceCall) -> Bool {
        switch call.info.verb == "watch" ? watchMatch(list) : list.match {
        case .any: true
        case .latest: ownsStore
        case .notOlderThan(let revision): state.revision >= revision
        case .exact(let revision): call.resource.store.cache.lastChange <= revision && state.revision >= revision
        }
    }

    /// Whether no webhook has to be asked about the objects.
    private func isReady(_ objects: [CachedObject], _ call: ResourceCall) -> Bool {
        call.resource.webhook == nil || objects.allSatisfy(call.resource.shows)
    }

    private func watchMatch(_ list: ListRequest) -> ListRequest.VersionMatch {
        switch list.match {
        case .exact(let revision), .notOlderThan(let revision): .notOlderThan(revision)
        case .latest: list.sendsInitialEvents ? .latest : .any
        case .any: .any
        }
    }

    private func checkReached(_ version: String?) throws(StatusError) {
        guard let version, let revision = Revision(version), revision > state.revision else { return }
        throw .tooLargeResourceVersion(asked: revision, current: state.revision)
    }

    private func catchUp(_ match: ListRequest.VersionMatch, _ call: ResourceCall) async throws(StatusError) {
        switch match {
        case .any: return
        case .latest:
            if ownsStore { return }
            do throws(StoreError) { _ = try await state.latestRevision() } catch {
                throw StatusError(error, while: call.info.verb, call.resource.store.resource, call.info.name)
            }
        case .notOlderThan(let revision), .exact(let revision):
            guard await state.waitUntilCached(revision) else {
                throw .tooLargeResourceVersion(asked: revision, current: state.revision)
            }
        }
    }

    // MARK: Answers

    private func encoder(_ call: ResourceCall) -> ResponseEncoder {
        ResponseEncoder(
            resource: call.resource, type: call.type, moment: TableMoment(now: time.now),
            includeObject: call.request.query["includeObject"] ?? "Metadata")
    }

    private func object(_ call: ResourceCall) throws(StatusError) -> CachedObject {
        try call.resource.store.get(call.info.name, namespace: call.info.namespace)
    }

    private func answer(
        _ object: CachedObject, _ call: ResourceCall, _ converted: ConvertedObjects = ConvertedObjects()
    ) throws(StatusError) -> ServerAnswer {
        var encoder = encoder(call)
        encoder.converted = converted
        return .response(
            ServerResponse(200, contentType: encoder.contentType, body: [try encoder.object(object)]))
    }

    private func page(_ list: ListRequest, _ call: ResourceCall) -> ResourceCache.Listing {
        var listing = call.resource.store.cache.list(
            call.resource.filterBefore(list.filter), limit: list.limit, after: list.after)
        // Pages of one list all report the revision of the first.
        if case .exact(let first) = list.match { listing.revision = first }
        return listing
    }

    /// A page of a list whose resource has changed since the first page: read from the store's history.
    private func pastPage(
        _ list: ListRequest, at revision: Revision, _ call: ResourceCall
    ) async throws(StatusError) -> ResourceCache.Listing {
        do throws(StoreError) {
            var listing = try await state.list(
                call.resource.store.cache, call.resource.filterBefore(list.filter), at: revision, limit: list.limit,
                after: list.after)
            listing.revision = revision
            return listing
        } catch where error.code == .compacted {
            guard let after = list.after else {
                throw .expired("The provided resourceVersion \(revision) is too old.")
            }
            throw expiredContinue(after: after)
        } catch {
            throw StatusError(error, while: "list", call.resource.store.resource, "")
        }
    }

    private func expiredContinue(after: String) -> StatusError {
        var error = StatusError.expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
                + "without the continue parameter, or use the continue token in this response to retrieve the remainder "
                + "of the results. Continuing with the provided token results in an inconsistent list - objects that "
                + "were created, modified, or deleted between the time the first chunk was returned and now may show up "
                + "in the list.")
        error.continueToken = ContinueToken(revision: 0, after: after).text
        return error
    }

    private func answer(
        _ page: ResourceCache.Listing, _ list: ListRequest, _ call: ResourceCall,
        _ converted: ConvertedObjects = ConvertedObjects()
    ) throws(StatusError) -> ServerAnswer {
        let objects = try call.resource.selected(page.objects, list.filter, converted)
        var encoder = encoder(call)
        encoder.converted = converted
        let continuation = ResponseEncoder.Continuation(
            revision: page.revision,
            token: page.next.map { ContinueToken(revision: page.revision, after: $0).text } ?? "",
            remaining: page.remaining)
        return .response(
            ServerResponse(200, contentType: encoder.contentType, body: try encoder.list(objects, continuation)))
    }

    private func watch(_ list: ListRequest, _ call: ResourceCall) throws(StatusError) -> ServerAnswer {
        let cache = call.resource.store.cache
        var sequence: Int
        var initial: [CachedObject] = []
        var revision = state.revision
        if list.sendsInitialEvents || list.resourceVersion.isEmpty || list.resourceVersion == "0" {
            let snapshot = cache.snapshot(call.resource.filterBefore(list.filter))
            (initial, sequence, revision) = (snapshot.listing.objects, snapshot.sequence, snapshot.listing.revision)
        } else {
            guard let after = Revision(list.resourceVersion) else { throw .badRequest("invalid resource version") }
            sequence = try cache.sequence(after: after)
            revision = after
        }
        let timeout =
            list.timeoutSeconds.map { Duration.seconds($0) }
            ?? Self.watchTimeout + .milliseconds(random.below(Int(Self.watchTimeout.wholeMilliseconds)))
        return .watch(
            WatchSubscription(
                cache: cache, filter: list.filter, encoder: encoder(call), sequence: sequence, initial: initial,
                owesInitialEnd: list.sendsInitialEvents, revision: revision, wantsBookmarks: list.allowsBookmarks,
                timeout: timeout))
    }
}
