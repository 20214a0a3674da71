internal import APIMachinery

/// Amounts of resources.
enum QuantityLibrary {
    static let library: CELLibrary = {
        var library = CELLibrary()
        library.add(type: .object("kubernetes.Quantity"), named: "kubernetes.Quantity")
        library.global(
            "quantity", "string_to_quantity", "(string) -> kubernetes.Quantity",
            .unary { text throws(CELEvaluationError) in
                let text = try text.string()
                do throws(QuantityError) {
                    return .object(QuantityObject(quantity: try Quantity(parsing: text)))
                } catch {
                    throw CELEvaluationError(error.description)
                }
            })
        library.global(
            "isQuantity", "is_quantity_string", "(string) -> bool",
            .unary { text throws(CELEvaluationError) in .bool(Quantity(try text.string()) != nil) })
        addReaders(&library)
        addComparisons(&library)
        addSums(&library)
        return library
    }()

    private static func addReaders(_ library: inout CELLibrary) {
        library.member(
            "sign", "quantity_sign", "(kubernetes.Quantity) -> int",
            .unary { value throws(CELEvaluationError) in .int(Int64(try value.quantity().nanos.signum())) })
        library.member(
            "asApproximateFloat", "quantity_get_float", "(kubernetes.Quantity) -> double",
            .unary { value throws(CELEvaluationError) in .double(try value.quantity().doubleValue) })
        library.member(
            "isInteger", "quantity_is_integer", "(kubernetes.Quantity) -> bool",
            .unary { value throws(CELEvaluationError) in .bool(try value.quantity().wholeValue != nil) })
        library.member(
            "asInteger", "quantity_get_int", "(kubernetes.Quantity) -> int",
            .unary { value throws(CELEvaluationError) in
                guard let whole = try value.quantity().wholeValue else {
                    throw CELEvaluationError("cannot convert value to integer")
                }
                return .int(whole)
            })
    }

    private static func addComparisons(_ library: inout CELLibrary) {
        let signature = "(kubernetes.Quantity, kubernetes.Quantity)"
        library.member(
            "isGreaterThan", "quantity_is_greater_than", "\(signature) -> bool",
            .binary { a, b throws(CELEvaluationError) in .bool(try a.quantity() > b.quantity()) })
        library.member(
            "isLessThan", "quantity_is_less_than", "\(signature) -> bool",
            .binary { a, b throws(CELEvaluationError) in .bool(try a.quantity() < b.quantity()) })
        library.member(
            "compareTo", "quantity_compare_to", "\(signature) -> int",
            .binary { a, b throws(CELEvaluationError) in
                let (left, right) = (try a.quantity(), try b.quantity())
                return .int(left < right ? -1 : left == right ? 0 : 1)
            })
    }

    private static func addSums(_ library: inout CELLibrary) {
        for isSum in [true, false] {
            let name = isSum ? "add" : "sub"
            for (id, type) in [("quantity_\(name)", "kubernetes.Quantity"), ("quantity_\(name)_int", "int")] {
                library.member(
                    name, id, "(kubernetes.Quantity, \(type)) -> kubernetes.Quantity",
                    .binary { a, b throws(CELEvaluationError) in
                        let left = try a.quantity()
                        let right: Quantity
                        if case .int(let number) = b { right = .units(number) } else { right = try b.quantity() }
                        // Both are below 10^29 units, so that their sum fits many times over.
                        return .object(QuantityObject(quantity: isSum ? left + right : left - right))
                    })
            }
        }
    }
}

private struct QuantityObject: CELObject {
    let quantity: Quantity
    var type: CELType { .object("kubernetes.Quantity") }
    var text: String { quantity.text }
    func isEqual(to other: any CELObject) -> Bool { (other as? QuantityObject)?.quantity == quantity }
}

extension Quantity {
    /// The amount where it is whole and fits.
    fileprivate var wholeValue: Int64? {
        let (units, rest) = nanos.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest == 0 ? Int64(exactly: units) : nil
    }
}

extension CELValue {
    fileprivate func quantity() throws(CELEvaluationError) -> Quantity {
        guard case .object(let object) = self, let quantity = object as? QuantityObject else { throw .noSuchOverload }
        return quantity.quantity
    }
}
