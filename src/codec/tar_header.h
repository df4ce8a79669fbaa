// One 512-byte header block of a tar archive, as v7, ustar and GNU tar lay it out (pax(1), "ustar Interchange Format").
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/stream.h"
#include "codec/tar.h"

namespace tare::codec {

inline constexpr size_t kTarBlock = 512;
using TarBlock = std::span<const std::byte, kTarBlock>;

enum class TarFormat { kV7, kUstar, kGnu };

struct TarHeader {
  TarFormat format = TarFormat::kV7;
  char type = '\0';
  std::string path;
  std::string link_target;
  std::string user_name;
  std::string group_name;
  uint32_t mode = 0;
  uint64_t uid = 0;
  uint64_t gid = 0;
  uint64_t size = 0;
  int64_t mtime = 0;
  uint64_t device_major = 0;
  uint64_t device_minor = 0;
};

bool is_zero_block(TarBlock block);
// kCorrupt when the checksum is wrong or a number is malformed; the caller adds where.
Result<TarHeader> parse_tar_header(TarBlock block);

// A numeric field: octal digits among blanks and NULs, or base 256 when the first bit is set. An empty field is 0.
Result<int64_t> parse_tar_number(std::string_view field);
Result<uint64_t> parse_tar_size(std::string_view field);  // the same, not negative
std::string_view tar_text(std::string_view field);        // up to the first NUL

// The block for a header whose fields fit into ustar (the writer moved the others into a pax header). Fields that do
// not fit are cut or zero.
std::array<std::byte, kTarBlock> format_tar_header(const TarHeader& header);

// Where a path can be cut so that ustar's prefix and name fields hold it: the length of the prefix, 0 when it fits the
// name field alone, npos when it does not fit at all.
size_t ustar_prefix_length(std::string_view path);

inline constexpr uint64_t kLargestOctal7 = 07777777;       // what the 8-byte fields hold
inline constexpr uint64_t kLargestOctal11 = 077777777777;  // what the 12-byte fields hold
inline constexpr size_t kLongestUstarLink = 100;
inline constexpr size_t kLongestUstarOwner = 31;

}  // namespace tare::codec
