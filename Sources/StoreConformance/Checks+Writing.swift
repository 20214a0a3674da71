internal import KeyValueStore

extension StoreContract {
    static let writing: [Check] = [
        Check("what is created reads back with its revision") { subject in
            let before = try await subject.store.currentRevision()
            let revision = try await subject.create("a", "1")
            try expect(revision > before, "revision \(revision) does not follow \(before)")
            try expectEqual(
                try await subject.store.get(subject.key("a"), at: nil), subject.entry("a", "1", revision), "get")
        },
        Check("create refuses a key that exists and leaves it alone") { subject in
            try await subject.create("a", "1")
            try await expectError(.keyExists, "create") { try await subject.create("a", "2") }
            try expectEqual(try await subject.text("a"), "1", "get")
        },
        Check("a deleted key can be created again") { subject in
            let first = try await subject.create("a", "1")
            try await subject.delete("a")
            let second = try await subject.create("a", "2")
            try expect(second > first + 1, "revision \(second) does not follow the removal after \(first)")
            try await expectError(.revisionConflict, "update at the first life's revision") {
                try await subject.update("a", ifAt: first)
            }
            try expectEqual(try await subject.text("a"), "2", "get")
        },
        Check("update replaces the value only at the expected revision") { subject in
            let first = try await subject.create("a", "1")
            let second = try await subject.update("a", ifAt: first, "2")
            try expect(second > first, "revision \(second) does not follow \(first)")
            for stale in [first, 0, second + 1] {
                try await expectError(.revisionConflict, "update at \(stale)") {
                    try await subject.update("a", ifAt: stale, "3")
                }
            }
            try expectEqual(
                try await subject.store.get(subject.key("a"), at: nil), subject.entry("a", "2", second), "get")
        },
        Check("update and delete refuse a key that is not there, or no longer") { subject in
            try await expectError(.keyNotFound, "update") { try await subject.update("a", ifAt: 1) }
            try await expectError(.keyNotFound, "delete") { try await subject.delete("a") }
            try await expectError(.keyNotFound, "delete at 0") {
                _ = try await subject.store.delete(subject.key("a"), ifAt: 0)
            }
            let revision = try await subject.create("a")
            try await subject.delete("a")
            try await expectError(.keyNotFound, "update again") { try await subject.update("a", ifAt: revision) }
            try await expectError(.keyNotFound, "delete again") {
                _ = try await subject.store.delete(subject.key("a"), ifAt: revision)
            }
        },
        Check("delete removes the key, and only at the revision expected if one is") { subject in
            let first = try await subject.create("a", "1")
            let second = try await subject.update("a", ifAt: first, "2")
            try await expectError(.revisionConflict, "delete at an old revision") {
                _ = try await subject.store.delete(subject.key("a"), ifAt: first)
            }
            try expectEqual(try await subject.text("a"), "2", "get before")
            let removal = try await subject.store.delete(subject.key("a"), ifAt: second)
            try expect(removal > second, "revision \(removal) does not follow \(second)")
            try expectEqual(try await subject.text("a"), nil, "get after")
            try expectEqual(try await subject.list().entries, [], "list after")
        },
        Check("the current revision has reached every acknowledged write") { subject in
            for name in ["a", "b", "c"] {
                let revision = try await subject.create(name)
                try expect(try await subject.store.currentRevision() >= revision, "current is behind \(revision)")
            }
            let removal = try await subject.delete("b")
            try expect(try await subject.store.currentRevision() >= removal, "current is behind \(removal)")
        },
        Check("values are any bytes, also none, and up to 1.5 MB") { subject in
            let values: [[UInt8]] = [
                [], [0], Array(0...255), Array(repeating: 0, count: 70_000),
                (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) },
            ]
            for (index, value) in values.enumerated() {
                let key = subject.key("value-\(index)")
                let revision = try await subject.store.create(key, value, timeToLive: nil)
                let entry = Entry(key: key, value: value, revision: revision)
                try expect(try await subject.store.get(key, at: nil) == entry, "value \(index) came back changed")
            }
            let listed = try await subject.list("value-").entries.map(\.value)
            try expect(listed == values, "the values came back changed from a list")
        },
        Check("keys that only look the same are not") { subject in
            let composed = "caf\u{e9}"
            let decomposed = "cafe\u{301}"
            try await subject.create(composed, "1")
            try await subject.create(decomposed, "2")
            try expectEqual(try await subject.text(composed), "1", "composed")
            try expectEqual(try await subject.text(decomposed), "2", "decomposed")
        },
        Check("a closed store refuses everything and ends its watches") { subject in
            let revision = try await subject.create("a")
            let recorder = try await subject.record(after: revision)
            await subject.store.close()
            try await recorder.waitForEnd()
            try expectEqual(recorder.end?.code, .unavailable, "the watch's end")
            try await expectError(.unavailable, "create") { try await subject.create("b") }
            try await expectError(.unavailable, "delete") { try await subject.delete("a") }
            try await expectError(.unavailable, "get") { _ = try await subject.text("a") }
            try await expectError(.unavailable, "list") { _ = try await subject.list() }
            try await expectError(.unavailable, "current") { _ = try await subject.store.currentRevision() }
            try await expectError(.unavailable, "watch") { _ = try await subject.record(after: revision) }
            try await expectError(.unavailable, "compact") { try await subject.store.compact(through: revision) }
        },
    ]
}
