internal import KeyValueStore

extension StoreContract {
    static let watching: [Check] = [
        Check("a watch from revision N brings everything after N, removals too") { subject in
            let one = try await subject.create("a", "1")
            let recorder = try await subject.record(after: one)
            let two = try await subject.update("a", ifAt: one, "2")
            let three = try await subject.create("b", "3")
            let four = try await subject.delete("a")
            let found = try await subject.changes(recorder, 3)
            let wanted = [
                subject.change("a", "2", two), subject.change("b", "3", three), subject.change("a", nil, four),
            ]
            try expectEqual(found, wanted, "changes")
            try expectEqual(recorder.violation, nil, "deliveries")
        },
        Check("a watch from the past brings history and goes on without a gap") { subject in
            let start = try await subject.create("a", "0")
            var wanted: [Change] = []
            var last = start
            for round in 1...20 {
                last = try await subject.update("a", ifAt: last, "\(round)")
                wanted.append(subject.change("a", "\(round)", last))
            }
            let removal = try await subject.delete("a")
            wanted.append(subject.change("a", nil, removal))
            let recorder = try await subject.record(after: start)
            let again = try await subject.create("a", "again")
            wanted.append(subject.change("a", "again", again))
            try expectEqual(try await subject.changes(recorder, wanted.count), wanted, "changes")
            try expectEqual(recorder.violation, nil, "deliveries")
        },
        Check("a watch brings only what is under its prefix") { subject in
            let start = try await subject.create("start")
            let recorder = try await subject.record("pods/", after: start)
            for name in ["pods", "pods-x", "pods0", "nodes/a"] { try await subject.create(name) }
            let one = try await subject.create("pods/a", "1")
            try await subject.delete("nodes/a")
            let two = try await subject.delete("pods/a")
            let wanted = [subject.change("pods/a", "1", one), subject.change("pods/a", nil, two)]
            try expectEqual(try await subject.changes(recorder, 2), wanted, "changes")
        },
        Check("a cancelled watch brings nothing more, and the others go on") { subject in
            let start = try await subject.create("start")
            let cancelled = try await subject.record(after: start)
            let other = try await subject.record(after: start)
            try await subject.create("a")
            _ = try await subject.changes(cancelled, 1)
            cancelled.handle?.cancel()
            try await subject.create("b")
            try await subject.create("c")
            try expectEqual(try await subject.changes(other, 3).count, 3, "the other's changes")
            try expectEqual(cancelled.changes.count, 1, "the cancelled one's changes")
            try expectEqual(cancelled.end, nil, "the cancelled one's end")
        },
        Check("a watch that begins among writes misses nothing and repeats nothing") { subject in
            let start = try await subject.create("start")
            let recorders = try await withThrowingTaskGroup(of: WatchRecorder?.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for round in 0..<25 { try await subject.create("\(writer)/\(round)") }
                        return nil
                    }
                }
                for _ in 0..<8 { group.addTask { try await subject.record(after: start) } }
                return try await group.reduce(into: [WatchRecorder]()) { if let one = $1 { $0.append(one) } }
            }
            for recorder in recorders {
                let changes = try await subject.changes(recorder, 100)
                try expectEqual(Set(changes.map(\.key)).count, 100, "different keys")
                try expectEqual(changes.count, 100, "changes")
                try expectEqual(recorder.violation, nil, "deliveries")
            }
        },
    ]
}
