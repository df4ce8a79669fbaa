#include <cstring>
#include <map>
#include <vector>

#include "codec/tar.h"
#include "codec/tar_header.h"
#include "codec/tar_input.h"
#include "codec/tar_pax.h"

namespace tare::codec {
namespace {

using Records = std::map<std::string, std::string>;  // sorted: the same entry gives the same bytes

char type_flag(TarType type) {
  switch (type) {
    case TarType::kFile:
      return '0';
    case TarType::kHardLink:
      return '1';
    case TarType::kSymlink:
      return '2';
    case TarType::kCharacterDevice:
      return '3';
    case TarType::kBlockDevice:
      return '4';
    case TarType::kDirectory:
      return '5';
    case TarType::kFifo:
      return '6';
  }
  return '0';
}

Result<void> check_entry(const TarEntry& entry) {
  const auto has_nul = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
  const bool valid = !entry.path.empty() && !has_nul(entry.path) && !has_nul(entry.link_target);
  if (!valid) return Failure(ErrorKind::kInvalidArgument, "tar: '{}' cannot be the name of an entry", entry.path);
  if (entry.type != TarType::kFile && entry.size > 0) {
    return Failure(ErrorKind::kInvalidArgument, "tar: '{}' is no file but has a size", entry.path);
  }
  return {};
}

TarHeader plan_header(const TarEntry& entry) {
  TarHeader header{.format = TarFormat::kUstar, .type = type_flag(entry.type), .path = entry.path};
  if (entry.type == TarType::kDirectory && !header.path.ends_with('/')) header.path += '/';
  header.link_target = entry.link_target;
  header.user_name = entry.user_name;
  header.group_name = entry.group_name;
  header.mode = entry.mode & 07777;
  header.uid = entry.uid;
  header.gid = entry.gid;
  header.size = entry.size;
  header.mtime = entry.mtime.seconds;
  header.device_major = entry.device_major;
  header.device_minor = entry.device_minor;
  return header;
}

// What the ustar header cannot say.
Records plan_records(const TarEntry& entry, const TarHeader& header) {
  Records records;
  if (ustar_prefix_length(header.path) == std::string_view::npos) records["path"] = header.path;
  if (header.link_target.size() > kLongestUstarLink) records["linkpath"] = header.link_target;
  if (header.user_name.size() > kLongestUstarOwner) records["uname"] = header.user_name;
  if (header.group_name.size() > kLongestUstarOwner) records["gname"] = header.group_name;
  if (header.uid > kLargestOctal7) records["uid"] = std::to_string(header.uid);
  if (header.gid > kLargestOctal7) records["gid"] = std::to_string(header.gid);
  if (header.size > kLargestOctal11) records["size"] = std::to_string(header.size);
  const bool plain_time =
      entry.mtime.nanoseconds == 0 && header.mtime >= 0 && static_cast<uint64_t>(header.mtime) <= kLargestOctal11;
  if (!plain_time) records["mtime"] = format_pax_time(entry.mtime);
  for (const TarXattr& xattr : entry.xattrs) records["SCHILY.xattr." + escape_xattr_name(xattr.name)] = xattr.value;
  return records;
}

Result<void> write_padding(ByteSink& sink, uint64_t count) {
  constexpr std::array<std::byte, 2 * kTarBlock> kZeros{};
  return sink.write(ByteView(kZeros).first(count));
}

// The header's own name matters only to programs that do not know pax, which extract it as a file.
Result<void> write_pax_header(ByteSink& sink, const Records& records, const std::string& path) {
  std::string text;
  for (const auto& [key, value] : records) text += format_pax_record(key, value);
  const std::string_view trimmed = std::string_view(path).substr(0, path.find_last_not_of('/') + 1);
  const std::string_view name = trimmed.substr(trimmed.rfind('/') + 1);
  TarHeader header{.format = TarFormat::kUstar, .type = 'x', .path = formatted("PaxHeaders.0/{}", name.substr(0, 80))};
  header.mode = 0644;
  header.size = text.size();
  TRY(sink.write(format_tar_header(header)));
  TRY(sink.write(as_bytes(text)));
  return write_padding(sink, tar_padding(text.size()));
}

}  // namespace

Result<void> TarWriter::add(const TarEntry& entry) {
  TRY(finish_entry());
  TRY(check_entry(entry));
  const TarHeader header = plan_header(entry);
  const Records records = plan_records(entry, header);
  if (!records.empty()) TRY(write_pax_header(sink_, records, header.path));
  TRY(sink_.write(format_tar_header(header)));
  path_ = entry.path;
  missing_ = entry.size;
  padding_ = tar_padding(entry.size);
  return {};
}

Result<void> TarWriter::write(ByteView bytes) {
  if (bytes.size() > missing_) {
    return Failure(ErrorKind::kInvalidArgument, "tar: '{}' has more data than its size says", path_);
  }
  missing_ -= bytes.size();
  return sink_.write(bytes);
}

Result<void> TarWriter::finish_entry() {
  if (missing_ > 0) {
    return Failure(ErrorKind::kInvalidArgument, "tar: '{}' has {} bytes less data than its size says", path_, missing_);
  }
  const uint64_t padding = std::exchange(padding_, 0);
  return padding > 0 ? write_padding(sink_, padding) : Result<void>();
}

Result<void> TarWriter::finish() {
  TRY(finish_entry());
  return write_padding(sink_, 2 * kTarBlock);
}

}  // namespace tare::codec
