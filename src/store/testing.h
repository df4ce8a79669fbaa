// What the store's tests share: a directory of their own, archives in memory, and a store in it.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "codec/compress.h"
#include "codec/sha256.h"
#include "codec/tar.h"
#include "os/file.h"
#include "store/overlay_format.h"
#include "store/store.h"

namespace tare::store::testing {

// Fails the test with the error's text.
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().text());
  return std::move(result).value();
}
inline void must(Result<void> result) {
  if (!result.ok()) throw std::runtime_error(result.error().text());
}

class ScratchDirectory {
 public:
  ScratchDirectory() : path_(must(os::make_temporary_directory("/tmp", "tare-store-test-"))) {}
  ~ScratchDirectory() { (void)os::remove_tree(path_).ok(); }
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return formatted("{}/{}", path_, name); }

 private:
  std::string path_;
};

// An archive, entry by entry.
class Archive {
 public:
  Archive& file(const std::string& path, const std::string& content, uint32_t mode = 0644) {
    return add({.type = codec::TarType::kFile, .path = path, .mode = mode, .size = content.size()}, content);
  }
  Archive& directory(const std::string& path, uint32_t mode = 0755, uint32_t uid = 0) {
    return add(
        {.type = codec::TarType::kDirectory, .path = path, .mode = mode, .uid = uid, .mtime = {.seconds = 1000}});
  }
  Archive& symlink(const std::string& path, const std::string& target) {
    return add({.type = codec::TarType::kSymlink, .path = path, .link_target = target, .mode = 0777});
  }
  Archive& hard_link(const std::string& path, const std::string& target) {
    return add({.type = codec::TarType::kHardLink, .path = path, .link_target = target, .mode = 0644});
  }
  Archive& add(const codec::TarEntry& entry, const std::string& content = "") {
    codec::TarWriter writer(sink_);
    must(writer.add(entry));
    must(writer.write(as_bytes(content)));
    // The padding only; the end marker is cut off again, because each entry has its own writer.
    StringSink padded;
    bytes_ = sink_.text();
    bytes_.resize((bytes_.size() + 511) / 512 * 512);
    sink_ = StringSink();
    must(sink_.write(as_bytes(bytes_)));
    return *this;
  }
  std::string bytes() const { return sink_.text() + std::string(1024, '\0'); }

 private:
  StringSink sink_;
  std::string bytes_;
};

inline std::string gzip(const std::string& bytes) {
  StringSink sink;
  const auto encoder = codec::make_gzip_sink(sink);
  must(encoder->write(as_bytes(bytes)));
  must(encoder->finish());
  return sink.text();
}

class OwnedSource : public ByteSource {
 public:
  explicit OwnedSource(std::string bytes) : bytes_(std::move(bytes)), source_(bytes_) {}
  Result<size_t> read(std::span<std::byte> buffer) override { return source_.read(buffer); }

 private:
  std::string bytes_;
  MemorySource source_;
};

inline OpenBlob serve(std::string bytes) {
  return [bytes = std::move(bytes)](uint64_t offset) -> Result<std::unique_ptr<ByteSource>> {
    return std::unique_ptr<ByteSource>(std::make_unique<OwnedSource>(bytes.substr(offset)));
  };
}

inline oci::Descriptor describe(std::string_view media_type, const std::string& bytes) {
  return {.media_type = std::string(media_type), .digest = oci::Digest::of(bytes), .size = bytes.size()};
}

// An uncompressed layer blob is its own diff id.
inline oci::Descriptor add_layer(Store& store, const std::string& tar) {
  const auto descriptor = describe(oci::media_type::kOciLayer, tar);
  must(store.ingest_layer(descriptor, descriptor.digest, serve(tar)));
  return descriptor;
}

inline oci::ImageConfig config_of(const std::vector<oci::Descriptor>& layers) {
  oci::ImageConfig config;
  config.platform = oci::Platform::host();
  config.created = "2026-01-02T03:04:05Z";
  for (const auto& layer : layers) config.diff_ids.push_back(layer.digest);
  return config;
}

inline ImageRecord add_image(Store& store, const std::string& name, const std::vector<oci::Descriptor>& layers) {
  std::optional<oci::ImageReference> reference;
  if (!name.empty()) reference = must(oci::ImageReference::parse(name));
  return must(store.write_image(config_of(layers), layers, reference));
}

inline std::string layer_path(const Store& store, const oci::Digest& diff_id) {
  const auto lower = must(store.lower_layers({diff_id}));
  return formatted("{}/{}", lower.directory, lower.names.front());
}

// In the machine's first user namespace, with all rights.
inline bool is_root() { return ::geteuid() == 0 && host_overlay_format() == OverlayFormat::kTrusted; }

}  // namespace tare::store::testing
