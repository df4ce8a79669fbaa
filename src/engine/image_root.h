// The merged view of a container's root file system without mounting it: an upper directory over image layers, with
// overlayfs's whiteouts, opaque directories, and symlinks that stay inside. For the few small files that must be read
// before a start (/etc/passwd, /etc/group) and to see whether a working directory exists.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace tare::engine {

class ImageRoot {
 public:
  // `upper` may be empty.
  ImageRoot(const store::LowerLayers& lower, const std::string& upper);

  // The file on the host that the container would see at `path`; nothing when it would see none. The last component
  // is followed when it is a symlink. kCorrupt for a loop of symlinks.
  Result<std::optional<std::string>> find(const std::string& path) const;
  // Where find() ends, as a path in the container without symlinks and "..".
  Result<std::optional<std::string>> resolve(const std::string& path) const;
  // The same without following a symlink; the path has none in its directories. ".." stays inside.
  Result<std::optional<std::string>> find_itself(const std::string& path) const;
  // The content of a regular file of at most `limit` bytes; nothing when there is none.
  Result<std::optional<std::string>> read(const std::string& path, size_t limit) const;
  // The merged names in a directory, sorted; empty when there is no such directory.
  std::vector<std::string> list(const std::string& path) const;

 private:
  using Components = std::vector<std::string>;
  Result<std::optional<Components>> resolve_components(const std::string& path) const;
  Result<std::optional<std::string>> find_plain(const Components& components) const;
  std::vector<std::string> directories_;  // topmost first
};

}  // namespace tare::engine
