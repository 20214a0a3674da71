internal import KeyValueStore

extension StoreContract {
    static let remembering: [Check] = [
        Check("what was compacted can be neither read nor watched") { subject in
            let one = try await subject.create("a", "1")
            let two = try await subject.update("a", ifAt: one, "2")
            let three = try await subject.create("b", "3")
            try await subject.store.compact(through: two)
            try await expectError(.compacted, "get") { _ = try await subject.text("a", at: one) }
            try await expectError(.compacted, "list") { _ = try await subject.list(at: one) }
            try await expectError(.compacted, "watch") { _ = try await subject.record(after: one) }
            let recorder = try await subject.record(after: two)
            try expectEqual(try await subject.changes(recorder, 1), [subject.change("b", "3", three)], "changes")
            try expectEqual(try await subject.text("a", at: two), "2", "get at the compacted revision")
        },
        Check("current values survive any compaction") { subject in
            let one = try await subject.create("kept", "old")
            let two = try await subject.create("changed", "1")
            let three = try await subject.update("changed", ifAt: two, "2")
            try await subject.create("gone")
            try await subject.delete("gone")
            let now = try await subject.create("last", "3")
            try await subject.store.compact(through: now)
            let wanted = [
                subject.entry("changed", "2", three), subject.entry("kept", "old", one),
                subject.entry("last", "3", now),
            ]
            try expectEqual(try await subject.list().entries, wanted, "list now")
            try expectEqual(try await subject.list(at: now).entries, wanted, "list at the compacted revision")
            try await subject.create("gone", "again")
            try await subject.update("kept", ifAt: one, "new")
            try expectEqual(try await subject.text("gone"), "again", "get of the key that had gone")
            try expectEqual(try await subject.text("kept", at: now), "old", "get after one more update")
        },
        Check("compacting twice, or less than before, changes nothing") { subject in
            let one = try await subject.create("a", "1")
            let two = try await subject.update("a", ifAt: one, "2")
            try await subject.update("a", ifAt: two, "3")
            try await subject.store.compact(through: two)
            try await subject.store.compact(through: two)
            try await subject.store.compact(through: one)
            try expectEqual(try await subject.text("a", at: two), "2", "get")
        },
    ]
}
