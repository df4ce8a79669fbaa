// Names in archives, which are hostile, as paths below a layer's root. Purely lexical: what symlinks do to them is
// layer_tree.h's concern.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::store {

// Without "/" at either end, "." and doubled slashes; empty for the root itself. "a/../b" is "b"; what climbs above the
// root, holds a NUL byte or is longer than PATH_MAX is kCorrupt.
Result<std::string> clean_archive_path(std::string_view name);

struct SplitPath {
  std::string_view parent;  // empty: the root
  std::string_view name;
};
SplitPath split_parent(std::string_view path);

// What a file name means in a layer (OCI image specification, layer.md, "Whiteouts").
enum class WhiteoutKind { kNone, kHide, kOpaque, kIgnored };
struct Whiteout {
  WhiteoutKind kind = WhiteoutKind::kNone;
  std::string_view hidden;  // with kHide: the name that is hidden
};
// kCorrupt for ".wh." without a name, or with one that would hide "." or "..".
Result<Whiteout> parse_whiteout(std::string_view name);

}  // namespace tare::store
