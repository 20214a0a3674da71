internal import CZlib

/// zlib's compressor without header and trailer, made when it is first needed and used for one piece after the other.
struct DeflateStream {
    private let level: Int32
    private var state: UnsafeMutablePointer<z_stream>?

    init(level: Int32) { self.level = level }

    mutating func close() {
        guard let state else { return }
        deflateEnd(state)
        state.deallocate()
        self.state = nil
    }

    /// Compressed so that anything may follow, and that nothing before is needed.
    mutating func deflate(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let state = open()
        // Room for the empty block at the end beside what zlib may need.
        let capacity = Int(deflateBound(state, UInt(raw.count))) + 16
        return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            state.pointee.next_in = UnsafeMutablePointer(mutating: raw.baseAddress)
            state.pointee.avail_in = UInt32(raw.count)
            state.pointee.next_out = output.baseAddress
            state.pointee.avail_out = UInt32(output.count)
            let result = CZlib.deflate(state, Z_FULL_FLUSH)
            precondition(result == Z_OK && state.pointee.avail_in == 0, "zlib did not take a piece: \(result)")
            count = capacity - Int(state.pointee.avail_out)
        }
    }

    private mutating func open() -> UnsafeMutablePointer<z_stream> {
        if let state {
            deflateReset(state)
            return state
        }
        let new = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        new.initialize(to: z_stream())
        let result = deflateInit2_(
            new, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(result == Z_OK, "zlib has no memory: \(result)")
        state = new
        return new
    }
}
