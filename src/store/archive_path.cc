#include "store/archive_path.h"

#include <climits>

namespace tare::store {

Result<std::string> clean_archive_path(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) {
    return Failure(ErrorKind::kCorrupt, "archive entry '{}' has a NUL byte in its name",
                   name.substr(0, name.find('\0')));
  }
  if (name.size() >= PATH_MAX)
    return Failure(ErrorKind::kCorrupt, "archive entry '{}…' is too long", name.substr(0, 64));
  std::string clean;
  for (size_t start = 0; start <= name.size();) {
    const size_t end = std::min(name.find('/', start), name.size());
    const std::string_view part = name.substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (clean.empty()) return Failure(ErrorKind::kCorrupt, "archive entry '{}' leads out of the archive", name);
      clean.resize(split_parent(clean).parent.size());
      continue;
    }
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  return clean;
}

SplitPath split_parent(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {.parent = "", .name = path};
  return {.parent = path.substr(0, slash), .name = path.substr(slash + 1)};
}

Result<Whiteout> parse_whiteout(std::string_view name) {
  constexpr std::string_view kPrefix = ".wh.";
  if (!name.starts_with(kPrefix)) return Whiteout{};
  if (name == ".wh..wh..opq") return Whiteout{.kind = WhiteoutKind::kOpaque};
  // Left over from AUFS (".wh..wh.plnk" and the like): Docker passes over them as well.
  if (name.starts_with(".wh..wh.")) return Whiteout{.kind = WhiteoutKind::kIgnored};
  const std::string_view hidden = name.substr(kPrefix.size());
  if (hidden.empty() || hidden == "." || hidden == "..") {
    return Failure(ErrorKind::kCorrupt, "archive entry '{}' is a whiteout of no name", name);
  }
  return Whiteout{.kind = WhiteoutKind::kHide, .hidden = hidden};
}

}  // namespace tare::store
