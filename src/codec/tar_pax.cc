#include "codec/tar_pax.h"

#include <algorithm>

#include "base/text.h"
#include "codec/base64.h"

namespace tare::codec {
namespace {

constexpr std::string_view kXattrPrefix = "SCHILY.xattr.";
constexpr std::string_view kLibarchiveXattrPrefix = "LIBARCHIVE.xattr.";
constexpr uint32_t kNanosecondsPerSecond = 1'000'000'000;

Error malformed(std::string_view key) { return Failure(ErrorKind::kCorrupt, "malformed pax record '{}'", key); }

Result<uint64_t> parse_number(std::string_view key, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (!number || *number > INT64_MAX) return malformed(key);
  return uint64_t{*number};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// %XX for any byte (LIBARCHIVE), or for '=' and '%' only (GNU tar), which others leave alone.
std::string unescape(std::string_view text, bool any_byte) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    const char byte = escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    const bool use = escape && (any_byte || byte == '=' || byte == '%');
    plain += use ? byte : text[i];
    if (use) i += 2;
  }
  return plain;
}

void set_xattr(std::vector<TarXattr>& xattrs, std::string name, std::string value) {
  const auto same =
      std::find_if(xattrs.begin(), xattrs.end(), [&](const TarXattr& xattr) { return xattr.name == name; });
  if (same != xattrs.end()) {
    same->value = std::move(value);
  } else {
    xattrs.push_back({std::move(name), std::move(value)});
  }
}

Result<bool> apply_xattr(const PaxRecord& record, PaxOverrides& overrides) {
  const auto& [key, value] = record;
  if (key.starts_with(kXattrPrefix)) {
    set_xattr(overrides.xattrs, unescape(key.substr(kXattrPrefix.size()), false), value);
    return true;
  }
  if (!key.starts_with(kLibarchiveXattrPrefix)) return false;
  auto bytes = decode_base64(value);
  if (!bytes.ok()) return malformed(key);
  set_xattr(overrides.xattrs, unescape(key.substr(kLibarchiveXattrPrefix.size()), true), std::move(bytes).value());
  return true;
}

Result<void> apply_text(const PaxRecord& record, std::optional<std::string>& field) {
  const auto& [key, value] = record;
  // The kernel would see only the part before the NUL, and checks on the name would have seen more.
  if (value.find('\0') != std::string::npos) return malformed(key);
  field = value.empty() ? std::nullopt : std::optional(value);
  return {};
}

Result<void> apply_number(const PaxRecord& record, std::optional<uint64_t>& field) {
  const auto& [key, value] = record;
  field.reset();
  if (!value.empty()) field = TRY(parse_number(key, value));
  return {};
}

Result<void> apply_time(const PaxRecord& record, std::optional<TarTime>& field) {
  field.reset();
  if (!record.second.empty()) field = TRY(parse_pax_time(record.second));
  return {};
}

// "offset,size,offset,size…"
Result<void> apply_sparse_map(const PaxRecord& record, PaxOverrides& overrides) {
  const auto& [key, value] = record;
  if (value.empty()) return {};
  const auto numbers = split(value, ',');
  if (numbers.size() % 2 != 0) return malformed(key);
  for (size_t i = 0; i < numbers.size(); i += 2) {
    const uint64_t offset = TRY(parse_number(key, numbers[i]));
    const uint64_t size = TRY(parse_number(key, numbers[i + 1]));
    overrides.sparse_map.push_back({offset, size});
  }
  return {};
}

Result<void> apply_sparse(const PaxRecord& record, PaxOverrides& overrides) {
  const auto& [key, value] = record;
  const std::string_view name = std::string_view(key).substr(std::string_view("GNU.sparse.").size());
  overrides.sparse = true;
  if (name == "map") return apply_sparse_map(record, overrides);
  if (name == "name") return apply_text(record, overrides.sparse_path);
  if (name == "size" || name == "realsize") return apply_number(record, overrides.sparse_size);
  if (name == "major") overrides.sparse_map_in_data = value == "1";
  if (name == "offset") overrides.sparse_map.push_back({TRY(parse_number(key, value)), 0});
  if (name == "numbytes") {
    if (overrides.sparse_map.empty()) return malformed(key);
    overrides.sparse_map.back().size = TRY(parse_number(key, value));
  }
  return {};
}

Result<void> apply_record(const PaxRecord& record, PaxOverrides& overrides) {
  const std::string& key = record.first;
  if (key == "path") return apply_text(record, overrides.path);
  if (key == "linkpath") return apply_text(record, overrides.link_target);
  if (key == "uname") return apply_text(record, overrides.user_name);
  if (key == "gname") return apply_text(record, overrides.group_name);
  if (key == "uid") return apply_number(record, overrides.uid);
  if (key == "gid") return apply_number(record, overrides.gid);
  if (key == "size") return apply_number(record, overrides.size);
  if (key == "mtime") return apply_time(record, overrides.mtime);
  if (key.starts_with("GNU.sparse.")) return apply_sparse(record, overrides);
  TRY(apply_xattr(record, overrides));
  return {};  // others are comments to us: atime, ctime, character sets
}

}  // namespace

Result<std::vector<PaxRecord>> parse_pax_records(std::string_view text) {
  std::vector<PaxRecord> records;
  while (!text.empty()) {
    const auto length_and_rest = cut(text.substr(0, 24), ' ');
    const auto length = length_and_rest ? parse_unsigned(length_and_rest->first) : std::nullopt;
    const size_t start = length ? length_and_rest->first.size() + 1 : 0;
    const bool bounded = length && *length > start && *length <= text.size() && text[*length - 1] == '\n';
    if (!bounded) return Failure(ErrorKind::kCorrupt, "malformed pax header");
    const auto key_and_value = cut(text.substr(start, *length - 1 - start), '=');
    if (!key_and_value || key_and_value->first.empty()) return Failure(ErrorKind::kCorrupt, "malformed pax header");
    records.emplace_back(key_and_value->first, key_and_value->second);
    text.remove_prefix(*length);
  }
  return records;
}

// The length counts its own digits.
std::string format_pax_record(std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + std::to_string(rest).size();
  length = rest + std::to_string(length).size();
  return formatted("{} {}={}\n", length, key, value);
}

Result<void> apply_pax_records(const std::vector<PaxRecord>& records, PaxOverrides& overrides) {
  for (const PaxRecord& record : records) TRY(apply_record(record, overrides));
  return {};
}

Result<TarTime> parse_pax_time(std::string_view text) {
  const size_t point = std::min(text.find('.'), text.size());
  const bool negative = text.starts_with('-');
  const auto seconds = parse_signed(text.substr(0, point));
  std::string digits(text.substr(std::min(point + 1, text.size())));
  const bool valid = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!seconds || *seconds == INT64_MIN || !valid) return malformed("mtime");
  digits.resize(9, '0');
  const auto nanoseconds = static_cast<uint32_t>(parse_unsigned(digits).value_or(0));
  if (!negative || nanoseconds == 0) return TarTime{*seconds, nanoseconds};
  return TarTime{*seconds - 1, kNanosecondsPerSecond - nanoseconds};
}

std::string format_pax_time(TarTime time) {
  const bool negative = time.seconds < 0 && time.nanoseconds > 0;
  const int64_t seconds = negative ? time.seconds + 1 : time.seconds;
  const uint32_t nanoseconds = negative ? kNanosecondsPerSecond - time.nanoseconds : time.nanoseconds;
  std::string text = formatted("{}{}", negative && seconds == 0 ? "-" : "", seconds);
  if (nanoseconds == 0) return text;
  text += formatted(".{:09}", nanoseconds);
  return text.substr(0, text.find_last_not_of('0') + 1);
}

std::string escape_xattr_name(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '=') {
      escaped += "%3D";
    } else if (c == '%') {
      escaped += "%25";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace tare::codec
