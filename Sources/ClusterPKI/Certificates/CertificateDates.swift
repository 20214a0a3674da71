package import Determinism
package import FoundationEssentials
package import X509

// The one place where X.509's calendar meets ours.

extension Timestamp {
    package init(_ date: Date) { self.init(seconds: Int64(date.timeIntervalSince1970.rounded(.down))) }

    /// Cut to whole seconds: certificates know no fractions.
    package var date: Date { Date(timeIntervalSince1970: Double(seconds)) }
}

extension Certificate {
    package var validFrom: Timestamp { Timestamp(notValidBefore) }
    package var validUntil: Timestamp { Timestamp(notValidAfter) }
}
