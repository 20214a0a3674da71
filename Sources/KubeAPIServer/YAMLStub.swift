import APIMachinery
enum YAML {
    static func parse(_ text: [UInt8]) throws -> [Value] { [try Value(json: text)] }
    static func text(_ value: Value) -> String { String(decoding: value.json, as: UTF8.self) }
}
