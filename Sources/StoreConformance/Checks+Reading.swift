internal import KeyValueStore

extension StoreContract {
    static let reading: [Check] = [
        Check("a list is in order of the keys' bytes and ends where the prefix does") { subject in
            let inside = ["pods/", "pods/A", "pods/a", "pods/a/b", "pods/ab", "pods/\u{e9}", "pods/\u{ffff}"]
            let outside = ["pod", "pods", "pods-a", "pods.", "pods0", "podt", "q"]
            for name in inside.reversed() + outside { try await subject.create(name) }
            try expectEqual(subject.names(try await subject.list("pods/")), inside, "list")
            try expectEqual(subject.names(try await subject.list("pods/a")), ["pods/a", "pods/a/b", "pods/ab"], "list")
            try expectEqual(subject.names(try await subject.list("pods/x")), [], "list of nothing")
            try expectEqual(try await subject.list().entries.count, inside.count + outside.count, "list of all")
        },
        Check("a list can be read in pages, all as of the first page's revision") { subject in
            let names = (0..<7).map { "k\($0)" }
            for name in names { try await subject.create(name, "old") }
            let first = try await subject.store.list(subject.key("k"), at: nil, limit: 3, after: nil)
            try expect(first.hasMore, "the first page is not the last")
            let revision = try await subject.store.get(subject.key("k4"), at: nil)?.revision ?? 0
            try await subject.update("k4", ifAt: revision, "new")
            try await subject.delete("k5")
            try await subject.create("k31")
            var found = first.entries
            var page = first
            while page.hasMore, let last = found.last {
                page = try await subject.store.list(subject.key("k"), at: first.revision, limit: 3, after: last.key)
                try expectEqual(page.revision, first.revision, "the page's revision")
                found += page.entries
            }
            try expectEqual(found.map(\.key), names.map { subject.key($0) }, "keys")
            try expect(found.allSatisfy { $0.value == Array("old".utf8) }, "a later write was seen")
        },
        Check("hasMore is true only when another key follows") { subject in
            for name in ["a", "b", "c", "d"] { try await subject.create("p/\(name)") }
            try await subject.delete("p/d")
            try await subject.create("q")
            for (limit, after, names, hasMore) in [
                (3, nil, ["p/a", "p/b", "p/c"], false), (2, nil, ["p/a", "p/b"], true), (2, "p/b", ["p/c"], false),
                (1, "p/b", ["p/c"], false), (0, "p/a", ["p/b", "p/c"], false), (2, "p/c", [], false),
                (1, "p/aa", ["p/b"], true), (0, "p", ["p/a", "p/b", "p/c"], false),
            ] as [(Int, String?, [String], Bool)] {
                let page = try await subject.store.list(
                    subject.key("p/"), at: nil, limit: limit, after: after.map { subject.key($0) })
                try expectEqual(subject.names(page), names, "limit \(limit) after \(after ?? "nothing")")
                try expectEqual(page.hasMore, hasMore, "hasMore, limit \(limit) after \(after ?? "nothing")")
            }
        },
        Check("a list reports a revision that has reached all it shows") { subject in
            let last = try await subject.create("a")
            try expect(try await subject.list().revision >= last, "the list is behind")
            try expect(try await subject.list("nothing").revision >= last, "the empty list is behind")
        },
        Check("reads at a past revision see exactly the changes up to it") { subject in
            let before = try await subject.store.currentRevision()
            let one = try await subject.create("a", "1")
            let two = try await subject.create("b", "2")
            let three = try await subject.update("a", ifAt: one, "3")
            let four = try await subject.delete("b")
            let five = try await subject.create("b", "5")
            let wanted: [(Revision, [Entry])] = [
                (before, []), (one, [subject.entry("a", "1", one)]),
                (two, [subject.entry("a", "1", one), subject.entry("b", "2", two)]),
                (three, [subject.entry("a", "3", three), subject.entry("b", "2", two)]),
                (four, [subject.entry("a", "3", three)]),
                (five, [subject.entry("a", "3", three), subject.entry("b", "5", five)]),
            ]
            for (revision, entries) in wanted where revision > 0 {
                let page = try await subject.list(at: revision)
                try expectEqual(page.entries, entries, "list at \(revision)")
                try expectEqual(page.revision, revision, "the list's revision")
                for name in ["a", "b"] {
                    try expectEqual(
                        try await subject.store.get(subject.key(name), at: revision),
                        entries.first { $0.key == subject.key(name) }, "get \(name) at \(revision)")
                }
            }
        },
        Check("the future cannot be read or watched") { subject in
            let future = try await subject.create("a") + 1_000
            try await expectError(.futureRevision, "get") { _ = try await subject.text("a", at: future) }
            try await expectError(.futureRevision, "list") { _ = try await subject.list(at: future) }
            try await expectError(.futureRevision, "watch") { _ = try await subject.record(after: future) }
            try await expectError(.futureRevision, "compact") { try await subject.store.compact(through: future) }
        },
    ]
}
