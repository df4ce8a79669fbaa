#include "store/attributes.h"

#include <sys/xattr.h>

#include <algorithm>

#include "os/error.h"

namespace tare::store {
namespace {

// The kernel's bound for one value, and for all names together.
constexpr size_t kMaximum = 65536;

Result<std::string> read_value(const std::string& path, const std::string& name, std::string& buffer) {
  const ssize_t size = ::lgetxattr(path.c_str(), name.c_str(), buffer.data(), buffer.size());
  if (size < 0) return os::last_error(formatted("read attribute {} of", name), path);
  return buffer.substr(0, static_cast<size_t>(size));
}

}  // namespace

Result<std::vector<codec::TarXattr>> read_attributes(const std::string& path) {
  std::vector<codec::TarXattr> attributes;
  // Most files have none: the small buffer spares them the large one.
  std::string names(1024, '\0');
  ssize_t size = ::llistxattr(path.c_str(), names.data(), names.size());
  if (size < 0 && errno == ERANGE) {
    names.resize(kMaximum);
    size = ::llistxattr(path.c_str(), names.data(), names.size());
  }
  if (size < 0 && errno == ENOTSUP) return attributes;
  if (size < 0) return os::last_error("list attributes of", path);
  names.resize(static_cast<size_t>(size));
  std::string buffer(names.empty() ? 0 : kMaximum, '\0');
  for (size_t start = 0; start < names.size();) {
    const std::string name = names.c_str() + start;
    start += name.size() + 1;
    attributes.push_back({.name = name, .value = TRY(read_value(path, name, buffer))});
  }
  std::sort(attributes.begin(), attributes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return attributes;
}

}  // namespace tare::store
