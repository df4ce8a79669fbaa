#include "runtime/checkpoint/request.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "os/file.h"
#include "os/namespace.h"
#include "runtime/checkpoint/criu.h"

namespace tare::runtime {
namespace {

namespace option = criu_option;

// criu_cg_mode
uint64_t number_of(CgroupCare care) {
  switch (care) {
    case CgroupCare::kIgnore:
      return 0;
    case CgroupCare::kSoft:
      return 3;
    case CgroupCare::kFull:
      return 4;
    case CgroupCare::kStrict:
      return 5;
    case CgroupCare::kDefault:
      break;
  }
  return 6;
}

// A file that overrides these options; runc's, so that what was set up for it holds here too. One that does not exist
// is no error to criu.
std::string configuration_file(const oci::RuntimeSpec& spec) {
  const auto named = spec.annotations.find("org.criu.config");
  return named == spec.annotations.end() ? "/etc/criu/runc.conf" : named->second;
}

Result<UniqueFd> open_directory(const std::string& path) { return os::open(path, O_RDONLY | O_DIRECTORY); }

}  // namespace

Result<CriuRequest> begin_request(const CriuSettings& settings, const oci::RuntimeSpec& spec,
                                  const std::string& log_name, CriuDirectories directories) {
  const bool own_work = !settings.work_directory.empty();
  if (directories == CriuDirectories::kMake) TRY(os::make_directories(settings.image_directory, 0700));
  if (own_work) TRY(os::make_directories(settings.work_directory, 0700));
  CriuRequest request;
  request.images = TRY(open_directory(settings.image_directory));
  request.log = (own_work ? settings.work_directory : settings.image_directory) + "/" + log_name;
  WireWriter& options = request.options;
  options.number(option::kImagesDirectory, static_cast<uint64_t>(request.images.get()));
  if (own_work) {
    request.work = TRY(open_directory(settings.work_directory));
    options.number(option::kWorkDirectory, static_cast<uint64_t>(request.work.get()));
  }
  constexpr uint64_t kEverything = 4;
  options.number(option::kLogLevel, kEverything).text(option::kLogFile, log_name);
  options.number(option::kNotify, 1).number(option::kOrphanTerminal, 1);
  options.number(option::kManageCgroups, 1).number(option::kManageCgroupsMode, number_of(settings.cgroup_care));
  // Interfaces are made by who makes the network namespace, never by us: a new one is empty again, but for loopback.
  options.number(option::kEmptyNamespaces, CLONE_NEWNET);
  options.number(option::kTcpEstablished, settings.tcp_established ? 1 : 0);
  options.number(option::kExternalUnixSockets, settings.external_unix_sockets ? 1 : 0);
  options.number(option::kShellJob, settings.shell_job ? 1 : 0);
  options.number(option::kFileLocks, settings.file_locks ? 1 : 0);
  options.number(option::kAutoDedup, settings.auto_dedup ? 1 : 0);
  options.number(option::kLazyPages, settings.lazy_pages ? 1 : 0);
  const std::string file = configuration_file(spec);
  if (!file.empty()) options.text(option::kConfigFile, file);
  return request;
}

void add_external_mount(WireWriter& options, const std::string& key, const std::string& value) {
  options.text(criu_option::kExternalMount, WireWriter().text(1, key).text(2, value).bytes());
}

Result<void> require_root(const char* verb) {
  if (::geteuid() == 0 && !os::in_user_namespace()) return {};
  return Failure(ErrorKind::kUnsupported, "{} needs root on the host: an ordinary user's containers cannot be saved",
                 verb);
}

}  // namespace tare::runtime
