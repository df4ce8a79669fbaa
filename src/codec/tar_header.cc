#include "codec/tar_header.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace tare::codec {
namespace {

struct Field {
  size_t offset;
  size_t size;
};

constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kMtime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kLink{157, 100};
constexpr Field kMagic{257, 8};
constexpr Field kUserName{265, 32};
constexpr Field kGroupName{297, 32};
constexpr Field kMajor{329, 8};
constexpr Field kMinor{337, 8};
constexpr Field kPrefix{345, 155};
constexpr Field kStarPrefix{345, 131};  // star keeps times behind a shorter prefix
constexpr Field kStarMagic{508, 4};

std::string_view field_of(TarBlock block, Field field) { return as_text(block.subspan(field.offset, field.size)); }

struct Checksums {
  int64_t of_unsigned_bytes = 0;
  int64_t of_signed_bytes = 0;  // what some old tars computed
};

Checksums sum_block(TarBlock block) {
  Checksums sums;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool blank = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    const auto byte = blank ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
    sums.of_unsigned_bytes += byte;
    sums.of_signed_bytes += static_cast<signed char>(byte);
  }
  return sums;
}

TarFormat format_of(TarBlock block) {
  const std::string_view magic = field_of(block, kMagic);
  if (magic == std::string_view("ustar  \0", 8)) return TarFormat::kGnu;
  return magic.starts_with(std::string_view("ustar\0", 6)) ? TarFormat::kUstar : TarFormat::kV7;
}

std::string path_of(TarBlock block, TarFormat format) {
  const std::string_view name = tar_text(field_of(block, kName));
  if (format != TarFormat::kUstar) return std::string(name);
  const bool star = field_of(block, kStarMagic) == std::string_view("tar\0", 4);
  const std::string_view prefix = tar_text(field_of(block, star ? kStarPrefix : kPrefix));
  return prefix.empty() ? std::string(name) : formatted("{}/{}", prefix, name);
}

// Two's complement, big endian; the first bit only marks the encoding.
Result<int64_t> parse_base256(std::string_view field) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(field[i]); };
  const bool negative = (byte(0) & 0x40) != 0;
  uint64_t value = negative ? ~uint64_t{0} : 0;
  const uint64_t filler = negative ? 0xff : 0;
  for (size_t i = 0; i < field.size(); ++i) {
    const uint64_t digit = i == 0 ? (negative ? byte(0) | 0x80u : byte(0) & 0x7fu) : byte(i);
    if (value >> 56 != filler) return Failure(ErrorKind::kCorrupt, "a number needs more than 64 bits");
    value = value << 8 | digit;
  }
  const auto result = static_cast<int64_t>(value);
  if ((result < 0) != negative) return Failure(ErrorKind::kCorrupt, "a number needs more than 64 bits");
  return result;
}

}  // namespace

bool is_zero_block(TarBlock block) {
  return std::all_of(block.begin(), block.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

std::string_view tar_text(std::string_view field) { return field.substr(0, field.find('\0')); }

Result<int64_t> parse_tar_number(std::string_view field) {
  if (!field.empty() && (static_cast<unsigned char>(field[0]) & 0x80) != 0) return parse_base256(field);
  const size_t start = field.find_first_not_of(std::string_view(" \0", 2));
  if (start == std::string_view::npos) return int64_t{0};
  const size_t end = std::min(field.find_first_of(std::string_view(" \0", 2), start), field.size());
  int64_t value = 0;
  for (const char digit : field.substr(start, end - start)) {
    if (digit < '0' || digit > '7') return Failure(ErrorKind::kCorrupt, "a number is not octal");
    value = value * 8 + (digit - '0');  // 12 digits at most
  }
  return value;
}

Result<uint64_t> parse_tar_size(std::string_view field) {
  const int64_t value = TRY(parse_tar_number(field));
  if (value < 0) return Failure(ErrorKind::kCorrupt, "a size is negative");
  return static_cast<uint64_t>(value);
}

Result<TarHeader> parse_tar_header(TarBlock block) {
  const auto number = [&](Field field) { return parse_tar_size(field_of(block, field)); };
  const auto expected = parse_tar_number(field_of(block, kChecksum));
  const Checksums sums = sum_block(block);
  const bool matches = expected.ok() && (*expected == sums.of_unsigned_bytes || *expected == sums.of_signed_bytes);
  if (!matches) return Failure(ErrorKind::kCorrupt, "not a tar header: the checksum does not match");
  TarHeader header;
  header.format = format_of(block);
  header.type = field_of(block, kType)[0];
  header.path = path_of(block, header.format);
  header.link_target = tar_text(field_of(block, kLink));
  header.mode = static_cast<uint32_t>(TRY(number(kMode)) & 07777);
  header.uid = TRY(number(kUid));
  header.gid = TRY(number(kGid));
  header.size = TRY(number(kSize));
  header.mtime = TRY(parse_tar_number(field_of(block, kMtime)));
  if (header.format == TarFormat::kV7) return header;
  header.user_name = tar_text(field_of(block, kUserName));
  header.group_name = tar_text(field_of(block, kGroupName));
  if (header.type != '3' && header.type != '4') return header;  // for others some tars leave garbage there
  header.device_major = TRY(number(kMajor));
  header.device_minor = TRY(number(kMinor));
  return header;
}

size_t ustar_prefix_length(std::string_view path) {
  if (path.size() <= kName.size) return 0;
  if (path.size() > kPrefix.size + 1 + kName.size) return std::string_view::npos;
  // The last slash at which both halves fit; the name must not be empty.
  const size_t slash = path.substr(0, path.size() - 1).rfind('/', kPrefix.size);
  const bool fits = slash != std::string_view::npos && slash > 0 && path.size() - slash - 1 <= kName.size;
  return fits ? slash : std::string_view::npos;
}

namespace {

using BlockBuffer = std::array<std::byte, kTarBlock>;

void put_text(BlockBuffer& block, Field field, std::string_view text) {
  std::memcpy(block.data() + field.offset, text.data(), std::min(text.size(), field.size));
}

// Octal with a NUL at the end; zero when it does not fit.
void put_number(BlockBuffer& block, Field field, uint64_t value) {
  const size_t digits = field.size - 1;
  const bool fits = digits * 3 >= 64 || value >> (digits * 3) == 0;
  put_text(block, field, formatted("{:0{}o}", fits ? value : 0, digits));
}

}  // namespace

std::array<std::byte, kTarBlock> format_tar_header(const TarHeader& header) {
  BlockBuffer block{};
  const size_t prefix = ustar_prefix_length(header.path);
  const bool split = prefix != 0 && prefix != std::string_view::npos;
  if (split) put_text(block, kPrefix, std::string_view(header.path).substr(0, prefix));
  put_text(block, kName, split ? std::string_view(header.path).substr(prefix + 1) : header.path);
  put_number(block, kMode, header.mode);
  put_number(block, kUid, header.uid);
  put_number(block, kGid, header.gid);
  put_number(block, kSize, header.size);
  put_number(block, kMtime, header.mtime < 0 ? 0 : static_cast<uint64_t>(header.mtime));
  block[kType.offset] = static_cast<std::byte>(header.type);
  put_text(block, kLink, header.link_target);
  put_text(block, kMagic,
           std::string_view("ustar\0"
                            "00",
                            8));
  put_text(block, kUserName, header.user_name.size() <= kLongestUstarOwner ? header.user_name : "");
  put_text(block, kGroupName, header.group_name.size() <= kLongestUstarOwner ? header.group_name : "");
  put_number(block, kMajor, header.device_major);
  put_number(block, kMinor, header.device_minor);
  put_text(block, kChecksum, formatted("{:06o}", sum_block(block).of_unsigned_bytes));
  block[kChecksum.offset + 7] = std::byte{' '};
  return block;
}

}  // namespace tare::codec
