internal import Glibc

/// A bounded queue between callers, who never wait, and threads, which do.
// Everything below is touched only while the pthread mutex is held.
final class Mailbox<Element: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let countMax: Int
    private let weightMax: Int
    private var elements: [Element] = []
    private var weight = 0
    private var isClosed = false

    init(countMax: Int, weightMax: Int = .max) {
        self.countMax = countMax
        self.weightMax = weightMax
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    enum Refusal: Error {
        case full
        case closed
    }

    /// Adds one; `urgent` ones are taken even when the mailbox is full.
    func post(_ element: Element, weight: Int = 0, urgent: Bool = false) throws(Refusal) {
        try add(element, weight: weight, urgent: urgent)
        // After the unlock, or the thread that wakes would have to wait again.
        pthread_cond_signal(arrival)
    }

    private func add(_ element: Element, weight: Int, urgent: Bool) throws(Refusal) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { throw .closed }
        if !urgent && (elements.count >= countMax || self.weight + weight > weightMax) { throw .full }
        elements.append(element)
        self.weight += weight
    }

    /// Adds the last ones there will be; false when others were the last before.
    func close(with last: [Element]) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return false }
        isClosed = true
        elements += last
        pthread_cond_broadcast(arrival)
        return true
    }

    /// Everything there is, after waiting for something unless told not to.
    ///
    /// - gathering: microseconds in which more may come when there is something.
    func takeAll(waiting: Bool, gathering: UInt32 = 0) -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting && elements.isEmpty { pthread_cond_wait(arrival, mutex) }
        if gathering > 0, !elements.isEmpty, !isClosed {
            pthread_mutex_unlock(mutex)
            usleep(gathering)
            pthread_mutex_lock(mutex)
        }
        let all = elements
        elements = []
        weight = 0
        return all
    }

    /// The oldest, after waiting for it.
    func takeFirst() -> Element {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.isEmpty { pthread_cond_wait(arrival, mutex) }
        return elements.removeFirst()
    }
}
