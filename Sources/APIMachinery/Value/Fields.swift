/// The fields of an object, sorted by the UTF-8 bytes of their names.
///
/// Sorted, because then the encoding is canonical, equality needs no hashing, patches merge two
/// objects in one pass, and `apiVersion`, `kind`, `metadata`, `spec`, `status` come in that order by themselves.
package struct Fields: Sendable, Hashable {
    package struct Element: Sendable, Hashable {
        package let name: String
        package var value: Value

        package init(name: String, value: Value) {
            self.name = name
            self.value = value
        }
    }

    private(set) package var elements: [Element]

    package init() { elements = [] }

    /// Sorts what a decoder read. A name that occurs twice keeps its last value, as in Go.
    package init(unsorted: [Element]) {
        elements = unsorted
        guard let firstOutOfOrder = unsorted.indices.dropFirst().first(where: {
            !(unsorted[$0 - 1].name < unsorted[$0].name)
        }) else { return }
        if unsorted.count <= Fields.insertionSortMax {
            insertionSort(from: firstOutOfOrder)
        } else {
            let order = unsorted.indices.sorted {
                let (a, b) = (unsorted[$0].name, unsorted[$1].name)
                return a == b ? $0 < $1 : a < b
            }
            elements = order.map { unsorted[$0] }
        }
        removeRepeated()
    }

    /// Up to here, sorting in place beats an index of its own.
    private static let insertionSortMax = 32

    /// Stable; what comes before `start` is in order already.
    private mutating func insertionSort(from start: Int) {
        for index in start..<elements.count {
            let element = elements[index]
            var hole = index
            while hole > 0, element.name < elements[hole - 1].name {
                elements[hole] = elements[hole - 1]
                hole -= 1
            }
            if hole != index { elements[hole] = element }
        }
    }

    /// Keeps the last of equal names.
    private mutating func removeRepeated() {
        var kept = 0
        for index in elements.indices.dropFirst() {
            if elements[index].name != elements[kept].name { kept += 1 }
            if kept != index { elements[kept] = elements[index] }
        }
        elements.removeSubrange((kept + 1)...)
    }

    package var isEmpty: Bool { elements.isEmpty }
    package var count: Int { elements.count }
    package var names: [String] { elements.map(\.name) }

    package subscript(_ name: String) -> Value? {
        get {
            // Not a ternary: its `nil` would be read as the literal `Value.null`.
            guard let index = index(of: name) else { return nil }
            return elements[index].value
        }
        set {
            if let last = elements.last, last.name < name {
                if let newValue { elements.append(Element(name: name, value: newValue)) }
                return
            }
            let index = lowerBound(name)
            let isThere = index < elements.count && elements[index].name == name
            switch (newValue, isThere) {
            case (let value?, true): elements[index].value = value
            case (let value?, false): elements.insert(Element(name: name, value: value), at: index)
            case (nil, true): elements.remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// Takes a field out and hands it over, so that changing it copies nothing.
    package mutating func remove(_ name: String) -> Value? {
        guard let index = index(of: name) else { return nil }
        return elements.remove(at: index).value
    }

    /// Changes a field where it lies, copying nothing; `nil` when it is not there.
    @discardableResult
    package mutating func modify<Result>(_ name: String, _ change: (inout Value) -> Result) -> Result? {
        guard let index = index(of: name) else { return nil }
        return change(&elements[index].value)
    }

    /// Takes elements that are sorted and have no name twice, such as those of ``takeElements()``.
    package init(sorted: [Element]) {
        assert(zip(sorted, sorted.dropFirst()).allSatisfy { $0.name < $1.name }, "fields out of order")
        elements = sorted
    }

    /// Moves the elements out, so that changing them in one pass copies nothing.
    package mutating func takeElements() -> [Element] {
        let taken = elements
        elements = []
        return taken
    }

    /// Appends a field whose name sorts after all others; for decoders and merges that go in order.
    package mutating func append(_ name: String, _ value: Value) {
        precondition(elements.last.map { $0.name < name } ?? true, "field \(name) out of order")
        elements.append(Element(name: name, value: value))
    }

    package mutating func mapValues(_ transform: (String, inout Value) -> Void) {
        for index in elements.indices { transform(elements[index].name, &elements[index].value) }
    }

    /// Up to here, looking at every name beats comparing a few by order: most differ in length already.
    private static let scanMax = 16

    private func index(of name: String) -> Int? {
        guard elements.count <= Fields.scanMax else {
            let index = lowerBound(name)
            return index < elements.count && elements[index].name == name ? index : nil
        }
        let length = name.utf8.count
        return elements.withUnsafeBufferPointer { elements in
            for index in elements.indices where elements[index].name.utf8.count == length {
                if elements[index].name == name { return index }
            }
            return nil
        }
    }

    private func lowerBound(_ name: String) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Fields: Sequence {
    package func makeIterator() -> IndexingIterator<[Element]> { elements.makeIterator() }
}

extension Fields: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Value)...) {
        self.init(unsorted: elements.map { Element(name: $0.0, value: $0.1) })
    }
}
