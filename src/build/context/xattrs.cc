#include "build/context/xattrs.h"

#include <sys/xattr.h>

#include "base/text.h"
#include "os/error.h"

namespace tare::build {
namespace {

constexpr size_t kLargestValue = 65536;  // XATTR_SIZE_MAX of the kernel

bool belongs_to_content(std::string_view name) {
  if (name.starts_with("user.")) return !name.starts_with("user.overlay.");
  return name == "security.capability";
}

}  // namespace

Result<Xattrs> read_xattrs(BorrowedFd file, const std::string& path) {
  Xattrs xattrs;
  const ssize_t size = ::flistxattr(file.get(), nullptr, 0);
  if (size == 0 || (size < 0 && errno == ENOTSUP)) return xattrs;
  if (size < 0) return os::last_error("list attributes of", path);
  std::string names(static_cast<size_t>(size), '\0');
  const ssize_t listed = ::flistxattr(file.get(), names.data(), names.size());
  if (listed < 0) return os::last_error("list attributes of", path);
  names.resize(static_cast<size_t>(listed));
  for (const auto& name : split(names, '\0')) {
    if (!belongs_to_content(name)) continue;
    std::string value(kLargestValue, '\0');
    const ssize_t length = ::fgetxattr(file.get(), name.c_str(), value.data(), value.size());
    if (length < 0) return os::last_error(formatted("read attribute {} of", name), path);
    value.resize(static_cast<size_t>(length));
    xattrs.emplace(name, std::move(value));
  }
  return xattrs;
}

Result<void> write_xattrs(BorrowedFd file, const Xattrs& xattrs, const std::string& path) {
  for (const auto& [name, value] : xattrs) {
    if (::fsetxattr(file.get(), name.c_str(), value.data(), value.size(), 0) == 0 || errno == ENOTSUP) continue;
    return os::last_error(formatted("write attribute {} of", name), path);
  }
  return {};
}

}  // namespace tare::build
