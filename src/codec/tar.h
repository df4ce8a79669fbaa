// tar archives, byte for byte: names are bytes, never text. Reads what tar programs wrote in forty years (v7, ustar,
// pax, GNU long names, base-256 numbers, sparse files of all four formats); writes ustar, with pax headers only where
// ustar cannot say it, so that the same entries give the same bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/stream.h"

namespace tare::codec {

enum class TarType { kFile, kHardLink, kSymlink, kCharacterDevice, kBlockDevice, kDirectory, kFifo };

struct TarTime {
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;  // 0 … 999999999, counted forwards from `seconds` also before 1970
  auto operator<=>(const TarTime&) const = default;
};

struct TarXattr {
  std::string name;  // "user.mime_type", "security.capability"
  std::string value;
  bool operator==(const TarXattr&) const = default;
};

// A region of a sparse file that has data; the rest are zeros.
struct TarExtent {
  uint64_t offset = 0;
  uint64_t size = 0;
  bool operator==(const TarExtent&) const = default;
};

struct TarEntry {
  TarType type = TarType::kFile;
  std::string path;         // as it is in the archive: may be absolute, contain "..", end in "/"
  std::string link_target;  // of hard and symbolic links
  uint32_t mode = 0;        // permission bits with set-user-id, set-group-id and sticky; no file type
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string user_name;  // informative; container images go by number
  std::string group_name;
  uint64_t size = 0;  // of the file as it will be, holes included; 0 for everything but kFile
  TarTime mtime;
  uint32_t device_major = 0;
  uint32_t device_minor = 0;
  std::vector<TarXattr> xattrs;    // in the order of the archive
  bool sparse = false;             // true: `extents` says where the data is (none: one hole)
  std::vector<TarExtent> extents;  // ascending, not overlapping, within `size`
};

// A piece of a file's data and where it belongs. Valid until the next call to the reader.
struct TarChunk {
  uint64_t offset = 0;
  ByteView bytes;
};

// Borrows the source. Every error is kCorrupt (or the source's own) and names the archive's offset and the entry.
// After an error the reader must not be used. What is left unread of an entry is skipped by next().
class TarReader {
 public:
  explicit TarReader(ByteSource& source);
  TarReader(TarReader&&) noexcept;
  ~TarReader();

  // The next entry; nothing at the end of the archive. Of the bytes after the end marker some may have been read.
  Result<std::optional<TarEntry>> next();

  // The next piece of the current entry's data, without copying; nothing at its end. Holes are skipped.
  Result<std::optional<TarChunk>> next_chunk();
  // The current entry's data as a stream, holes filled with zeros; 0 at its end. Do not mix with next_chunk.
  Result<size_t> read(std::span<std::byte> buffer);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Borrows the sink. The entry's `size` bytes follow by write(), dense even when the entry was sparse; add() and
// finish() fail with kInvalidArgument when fewer came, write() when more do.
class TarWriter {
 public:
  explicit TarWriter(ByteSink& sink) : sink_(sink) {}
  Result<void> add(const TarEntry& entry);
  Result<void> write(ByteView bytes);
  // Writes the end marker (two zero blocks). Does not finish the sink.
  Result<void> finish();

 private:
  Result<void> finish_entry();
  ByteSink& sink_;
  std::string path_;      // of the entry that is being written, for messages
  uint64_t missing_ = 0;  // bytes of its data still to come
  uint64_t padding_ = 0;
};

}  // namespace tare::codec
