internal import APIMachinery
internal import Crypto
internal import LinuxKernel

/// Builds images on this machine, as OCI archives that any runtime imports. The same blueprint always gives the
/// same bytes. All calls block.
package enum ImageBuilder {
    static let layerType = "application/vnd.oci.image.layer.v1.tar"
    private static let configType = "application/vnd.oci.image.config.v1+json"
    private static let manifestType = "application/vnd.oci.image.manifest.v1+json"

    /// Writes the image as an archive to `path`. Layers are made in files beside it, which are removed.
    package static func write(_ blueprint: ImageBlueprint, to path: String) throws(ImageError) {
        var scratch: [String] = []
        defer {
            // What cannot be removed is a file of ours in a folder of the caller's.
            for file in scratch { try? Files.remove(file) }
        }
        do throws(KernelError) {
            var layers: [(blob: ImageBlob, diffID: String)] = []
            for (index, layer) in blueprint.layers.enumerated() {
                let file = "\(path).layer\(index)"
                switch layer {
                case .existing(let blob, let diffID): layers.append((blob, diffID))
                case .files(let files):
                    scratch.append(file)
                    layers.append(try writeLayer(files, to: file))
                case .folder(let folder):
                    scratch.append(file)
                    layers.append(try writeLayer(try files(in: folder), to: file))
                }
            }
            try writeArchive(blueprint, layers, to: path)
        } catch {
            throw ImageError(error)
        }
    }

    /// All that is in a folder, in order of path, as entries of a layer.
    static func files(in folder: String) throws(KernelError) -> [ImageFile] {
        var files: [ImageFile] = []
        try collect(folder, "", into: &files)
        return files
    }

    private static func collect(
        _ folder: String, _ prefix: String, into files: inout [ImageFile]
    ) throws(KernelError) {
        for name in try Files.list(folder) {
            let source = "\(folder)/\(name)"
            guard let facts = try FileFacts.read(source) else { continue }
            let path = prefix + name
            let contents: ImageFile.Contents
            switch facts.kind {
            case .regular: contents = .copy(source)
            case .directory: contents = .directory
            case .symlink: contents = .symlink(try Files.linkTarget(source))
            case .other: continue
            }
            files.append(ImageFile(path, contents, mode: facts.mode, user: facts.user, group: facts.group))
            if facts.kind == .directory { try collect(source, path + "/", into: &files) }
        }
    }

    private static func writeLayer(
        _ files: [ImageFile], to path: String
    ) throws(KernelError) -> (blob: ImageBlob, diffID: String) {
        var writer = try TarWriter(to: path)
        for file in files { try writer.add(file) }
        let (digest, size) = try writer.finish()
        let name = "sha256:\(digest)"
        return (ImageBlob(digest: name, mediaType: layerType, sizeBytes: size, file: path), name)
    }

    private static func writeArchive(
        _ blueprint: ImageBlueprint, _ layers: [(blob: ImageBlob, diffID: String)], to path: String
    ) throws(KernelError) {
        let config = configJSON(blueprint, diffIDs: layers.map(\.diffID))
        let manifest = ([
            "schemaVersion": 2, "mediaType": .string(manifestType),
            "config": descriptor(configType, config),
            "layers": .array(layers.map { descriptor($0.blob.mediaType, $0.blob.digest, $0.blob.sizeBytes) }),
        ] as Value).json
        let index = ([
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": .array(([blueprint.name] + blueprint.aliases).map { indexEntry(blueprint, manifest, $0) }),
        ] as Value).json
        var writer = try TarWriter(to: path)
        try writer.add(ImageFile("oci-layout", .bytes(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))))
        try writer.add(ImageFile("index.json", .bytes(index)))
        try writer.add(ImageFile("blobs/sha256/\(digest(manifest))", .bytes(manifest)))
        try writer.add(ImageFile("blobs/sha256/\(digest(config))", .bytes(config)))
        var written: Set<String> = []
        for layer in layers where written.insert(layer.blob.digest).inserted {
            try writer.add(ImageFile("blobs/sha256/\(layer.blob.digest.dropFirst(7))", .copy(layer.blob.file)))
        }
        _ = try writer.finish()
    }

    private static func indexEntry(_ blueprint: ImageBlueprint, _ manifest: [UInt8], _ name: String) -> Value {
        let tag = name.lastIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? "latest"
        var entry = descriptor(manifestType, manifest)
        entry["annotations"] = [
            "io.containerd.image.name": .string(name), "org.opencontainers.image.ref.name": .string(tag),
        ]
        entry["platform"] = ["os": "linux", "architecture": .string(blueprint.architecture)]
        return entry
    }

    private static func configJSON(_ blueprint: ImageBlueprint, diffIDs: [String]) -> [UInt8] {
        let config = blueprint.config
        var inner = Value.emptyObject
        func list(_ name: String, _ values: [String]) {
            if !values.isEmpty { inner[name] = .array(values.map { .string($0) }) }
        }
        func set(_ name: String, _ values: [String]) {
            guard !values.isEmpty else { return }
            var members = Value.emptyObject
            for value in values { members[value] = .emptyObject }
            inner[name] = members
        }
        list("Entrypoint", config.entrypoint)
        list("Cmd", config.command)
        list("Env", config.environment)
        set("ExposedPorts", config.exposedPorts)
        set("Volumes", config.volumes)
        if !config.workingDirectory.isEmpty { inner["WorkingDir"] = .string(config.workingDirectory) }
        if !config.user.isEmpty { inner["User"] = .string(config.user) }
        if !config.stopSignal.isEmpty { inner["StopSignal"] = .string(config.stopSignal) }
        if !config.labels.isEmpty {
            var labels = Value.emptyObject
            for (key, value) in config.labels { labels[key] = .string(value) }
            inner["Labels"] = labels
        }
        return ([
            "architecture": .string(blueprint.architecture), "os": "linux", "config": inner,
            "rootfs": ["type": "layers", "diff_ids": .array(diffIDs.map { .string($0) })],
        ] as Value).json
    }

    private static func descriptor(_ type: String, _ bytes: [UInt8]) -> Value {
        descriptor(type, "sha256:\(digest(bytes))", Int64(bytes.count))
    }

    private static func descriptor(_ type: String, _ digest: String, _ size: Int64) -> Value {
        ["mediaType": .string(type), "digest": .string(digest), "size": .integer(size)]
    }

    private static func digest(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }
}
