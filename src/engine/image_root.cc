#include "engine/image_root.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <deque>
#include <set>

#include "os/file.h"

namespace tare::engine {
namespace {

constexpr int kMaximumSymlinks = 40;  // the kernel's

bool is_whiteout(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == ::makedev(0, 0); }

bool is_opaque(const std::string& path) {
  char value = 0;
  for (const char* name : {"trusted.overlay.opaque", "user.overlay.opaque"}) {
    if (::lgetxattr(path.c_str(), name, &value, 1) == 1 && value == 'y') return true;
  }
  return false;
}

enum class Presence { kHere, kNotHere, kHidden };

// Whether one layer has the path; kHidden: it has not, and hides what the layers below have.
Presence look_into(const std::string& layer, const std::vector<std::string>& components) {
  std::string path = layer;
  bool opaque = false;
  for (const auto& component : components) {
    path += "/" + component;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return opaque ? Presence::kHidden : Presence::kNotHere;
    if (is_whiteout(status)) return Presence::kHidden;
    if (S_ISDIR(status.st_mode))
      opaque = opaque || is_opaque(path);
    else if (&component != &components.back())
      return Presence::kHidden;
  }
  return Presence::kHere;
}

// ".." never leads above the root: a path of an image's configuration is the image's claim (CVE-2022-23648).
std::vector<std::string> components_of(const std::string& path) {
  std::vector<std::string> components;
  for (auto& component : split(path, '/')) {
    if (component.empty() || component == ".") continue;
    if (component != "..")
      components.push_back(std::move(component));
    else if (!components.empty())
      components.pop_back();
  }
  return components;
}

void push_front(std::deque<std::string>& rest, const std::string& target) {
  const auto parts = split(target, '/');
  rest.insert(rest.begin(), parts.begin(), parts.end());
}

}  // namespace

ImageRoot::ImageRoot(const store::LowerLayers& lower, const std::string& upper) {
  if (!upper.empty()) directories_.push_back(upper);
  for (const auto& name : lower.names) directories_.push_back(lower.directory + "/" + name);
}

Result<std::optional<std::string>> ImageRoot::find_plain(const std::vector<std::string>& components) const {
  for (const auto& directory : directories_) {
    const auto presence = look_into(directory, components);
    if (presence == Presence::kHere) return std::optional(directory + "/" + join(components, "/"));
    if (presence == Presence::kHidden) return std::optional<std::string>();
  }
  return std::optional<std::string>();
}

Result<std::optional<std::vector<std::string>>> ImageRoot::resolve_components(const std::string& path) const {
  std::deque<std::string> rest;
  push_front(rest, path);
  Components done;
  for (int symlinks = 0; !rest.empty();) {
    const std::string component = rest.front();
    rest.pop_front();
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      if (!done.empty()) done.pop_back();
      continue;
    }
    done.push_back(component);
    const auto found = TRY(find_plain(done));
    if (!found) return std::optional<Components>();
    const auto status = TRY(os::link_status(*found));
    if (!S_ISLNK(status.st_mode)) continue;
    if (++symlinks > kMaximumSymlinks) {
      return Failure(ErrorKind::kCorrupt, "{} of the image: too many levels of symbolic links", path);
    }
    const auto target = TRY(os::read_link(*found));
    if (target.starts_with('/'))
      done.clear();
    else
      done.pop_back();
    push_front(rest, target);
  }
  return std::optional(std::move(done));
}

Result<std::optional<std::string>> ImageRoot::resolve(const std::string& path) const {
  const auto components = TRY(resolve_components(path));
  return components ? std::optional("/" + join(*components, "/")) : std::nullopt;
}

Result<std::optional<std::string>> ImageRoot::find(const std::string& path) const {
  const auto components = TRY(resolve_components(path));
  if (!components) return std::optional<std::string>();
  if (components->empty()) return std::optional<std::string>(directories_.empty() ? "" : directories_.front());
  return find_plain(*components);
}

Result<std::optional<std::string>> ImageRoot::find_itself(const std::string& path) const {
  return find_plain(components_of(path));
}

std::vector<std::string> ImageRoot::list(const std::string& path) const {
  std::set<std::string> names;
  auto components = components_of(path);
  for (const auto& directory : directories_) {
    const auto presence = look_into(directory, components);
    if (presence == Presence::kHidden) break;
    if (presence == Presence::kNotHere) continue;
    const std::string here = directory + "/" + join(components, "/");
    const auto entries = os::list_directory(here);
    if (!entries.ok()) break;
    names.insert(entries->begin(), entries->end());
    if (is_opaque(here)) break;
  }
  std::vector<std::string> visible;
  components.emplace_back();
  for (const auto& name : names) {
    components.back() = name;
    const auto found = find_plain(components);
    if (found.ok() && found->has_value()) visible.push_back(name);  // else a whiteout
  }
  return visible;
}

Result<std::optional<std::string>> ImageRoot::read(const std::string& path, size_t limit) const {
  const auto file = TRY(find(path));
  if (!file) return std::optional<std::string>();
  // Not a FIFO or a device that an image put there to make us wait.
  const auto fd = TRY(os::open(*file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::optional<std::string>();
  return std::optional(TRY(os::read_fd(fd, path, limit)));
}

}  // namespace tare::engine
