// A container's names in a network: one file in the hosts format, replaced by rename. Nothing is signalled; dnsmasq
// watches the directory.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "network/resolver.h"
#include "os/error.h"
#include "os/file.h"

namespace tare::network {
namespace {

std::string directory_of(const Resolver& resolver) {
  return formatted("{}/dns/{}", resolver.run_directory, resolver.network);
}
std::string file_of(const Resolver& resolver, const std::string& container) {
  return formatted("{}/hosts/{}", directory_of(resolver), container);
}

// A blank or a line end would add names and addresses of somebody else's.
bool is_valid_name(const std::string& name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

}  // namespace

Result<void> set_names(const Resolver& resolver, const std::string& container, const std::vector<std::string>& names,
                       Ipv4 address) {
  for (const auto& name : names) {
    if (!is_valid_name(name)) {
      return Failure(ErrorKind::kInvalidArgument, "invalid network name \"{}\" of container {}", name, container)
          .with_hint("letters, digits, '-', '_' and '.' are allowed");
    }
  }
  TRY(os::make_directories(directory_of(resolver) + "/hosts"));
  // Written beside the directory, not in it: dnsmasq would read the temporary file too, and keep what it says.
  auto temporary = formatted("{}/{}.new", directory_of(resolver), container);
  auto file = TRY(os::open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  // dnsmasq is another user, and our umask may be strict.
  if (::fchmod(file.get(), 0644) != 0) return os::last_error("chmod", temporary);
  TRY(os::write_all(file, formatted("{} {}\n", to_string(address), join(names, " ")), temporary));
  return os::rename(temporary, file_of(resolver, container));
}

Result<void> remove_names(const Resolver& resolver, const std::string& container) {
  auto removed = os::remove_file(file_of(resolver, container));
  if (!removed && removed.error().kind() == ErrorKind::kNotFound) return {};
  return removed;
}

Result<size_t> remove_dead_names(const Resolver& resolver, const std::set<std::string>& live_containers) {
  auto containers = os::list_directory(directory_of(resolver) + "/hosts");
  if (!containers && containers.error().kind() == ErrorKind::kNotFound) return size_t{0};
  if (!containers) return std::move(containers).error();
  size_t removed = 0;
  for (const auto& container : *containers) {
    if (live_containers.contains(container)) continue;
    TRY(remove_names(resolver, container));
    ++removed;
  }
  return removed;
}

}  // namespace tare::network
