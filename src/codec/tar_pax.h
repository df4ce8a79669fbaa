// pax extended headers: records "LENGTH KEY=VALUE\n" that override a header's fields (pax(1), "pax Extended Header").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/tar.h"

namespace tare::codec {

using PaxRecord = std::pair<std::string, std::string>;

// In the order of the header, repetitions included.
Result<std::vector<PaxRecord>> parse_pax_records(std::string_view text);
std::string format_pax_record(std::string_view key, std::string_view value);

// What the records of one header, or of all global headers so far, say.
struct PaxOverrides {
  std::optional<std::string> path;
  std::optional<std::string> link_target;
  std::optional<std::string> user_name;
  std::optional<std::string> group_name;
  std::optional<uint64_t> uid;
  std::optional<uint64_t> gid;
  std::optional<uint64_t> size;
  std::optional<TarTime> mtime;
  std::vector<TarXattr> xattrs;

  // GNU.sparse.*: version 0.0 gives offset and numbytes pairs, 0.1 a map, 1.0 puts the map before the data.
  std::optional<std::string> sparse_path;
  std::optional<uint64_t> sparse_size;
  std::vector<TarExtent> sparse_map;
  bool sparse = false;
  bool sparse_map_in_data = false;
};

// Adds a header's records to what is there; an empty value takes an override back.
Result<void> apply_pax_records(const std::vector<PaxRecord>& records, PaxOverrides& overrides);

// "1700000000.123456789", "-1.5"
Result<TarTime> parse_pax_time(std::string_view text);
std::string format_pax_time(TarTime time);

// GNU tar escapes '=' in names of extended attributes, since a record's key ends there.
std::string escape_xattr_name(std::string_view name);

}  // namespace tare::codec
