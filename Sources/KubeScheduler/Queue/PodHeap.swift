/// A heap of queue entries in which any one can be found and taken out.
struct PodHeap<Element: Sendable>: Sendable {
    private var elements: [(uid: String, element: Element)] = []
    private var places: [String: Int] = [:]
    private let isBefore: @Sendable (Element, Element) -> Bool

    init(_ isBefore: @escaping @Sendable (Element, Element) -> Bool) { self.isBefore = isBefore }

    var count: Int { elements.count }
    var first: Element? { elements.first?.element }

    /// In no order.
    var all: [Element] { elements.map(\.element) }

    mutating func insert(_ element: Element, uid: String) {
        remove(uid)
        elements.append((uid, element))
        places[uid] = elements.count - 1
        rise(elements.count - 1)
    }

    mutating func popFirst() -> Element? { elements.first.flatMap { remove($0.uid) } }

    @discardableResult
    mutating func remove(_ uid: String) -> Element? {
        guard let place = places.removeValue(forKey: uid) else { return nil }
        let removed = elements[place].element
        let last = elements.removeLast()
        if place < elements.count {
            elements[place] = last
            places[last.uid] = place
            rise(place)
            sink(place)
        }
        return removed
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard isBefore(elements[place].element, elements[parent].element) else { return }
            swap(place, parent)
            place = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var first = place
            for child in [2 * place + 1, 2 * place + 2] where child < elements.count {
                if isBefore(elements[child].element, elements[first].element) { first = child }
            }
            if first == place { return }
            swap(place, first)
            place = first
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        elements.swapAt(left, right)
        places[elements[left].uid] = left
        places[elements[right].uid] = right
    }
}
