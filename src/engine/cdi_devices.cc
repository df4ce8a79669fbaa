#include "engine/cdi_devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "os/file.h"

namespace tare::engine {
namespace {

struct SpecFile {
  std::string path;
  size_t priority = 0;  // the place of its directory
  CdiSpec spec;
};

struct Catalogue {
  std::vector<SpecFile> files;
  std::vector<Error> failures;
};

Result<CdiSpec> read_file(const std::string& path) {
  const auto format = path.ends_with(".json") ? CdiFormat::kJson : CdiFormat::kYaml;
  return parse_cdi_spec(TRY(os::read_file(path)), format).context(path);
}

Catalogue read_catalogue(const std::vector<std::string>& directories) {
  Catalogue catalogue;
  for (size_t priority = 0; priority < directories.size(); ++priority) {
    const auto names = os::list_directory(directories[priority]);
    if (!names.ok()) continue;
    for (const auto& name : *names) {
      if (!name.ends_with(".json") && !name.ends_with(".yaml")) continue;
      const auto path = directories[priority] + "/" + name;
      auto spec = read_file(path);
      if (spec.ok())
        catalogue.files.push_back({path, priority, std::move(spec).value()});
      else
        catalogue.failures.push_back(std::move(spec).error());
    }
  }
  return catalogue;
}

struct Found {
  const SpecFile* file = nullptr;
  const CdiDevice* device = nullptr;
};

std::string known_devices(const Catalogue& catalogue, std::string_view kind) {
  std::vector<std::string> names;
  for (const auto& file : catalogue.files) {
    for (const auto& device : file.spec.devices) {
      if (file.spec.kind == kind) names.push_back(device.name);
    }
  }
  return join(names, ", ");
}

Error not_found(const std::string& name, std::string_view kind, const Catalogue& catalogue,
                const std::vector<std::string>& directories) {
  Error error =
      Failure(ErrorKind::kNotFound, "no file in {} describes the CDI device {}", join(directories, " or "), name);
  for (const auto& failure : catalogue.failures) error = std::move(error).also(failure);
  if (const auto known = known_devices(catalogue, kind); !known.empty()) {
    return std::move(error).with_hint(formatted("of {} there are: {}", kind, known));
  }
  if (kind != "nvidia.com/gpu") return error;
  return std::move(error).with_hint("`nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml` writes one for NVIDIA's");
}

Result<Found> find_device(const std::string& name, const Catalogue& catalogue,
                          const std::vector<std::string>& directories) {
  const auto parts = cut(name, '=');
  const auto kind = parts ? parts->first : std::string_view(name);
  Found found;
  for (const auto& file : catalogue.files) {
    if (file.spec.kind != kind || !parts) continue;
    for (const auto& device : file.spec.devices) {
      if (device.name != parts->second) continue;
      if (found.file != nullptr && found.file->priority == file.priority) {
        return Failure(ErrorKind::kConflict, "the CDI device {} is in {} and in {}", name, found.file->path, file.path)
            .with_hint("remove one of them");
      }
      found = {&file, &device};
    }
  }
  if (found.file == nullptr) return not_found(name, kind, catalogue, directories);
  return found;
}

const char* type_of(const struct stat& status) {
  if (S_ISCHR(status.st_mode)) return "c";
  if (S_ISBLK(status.st_mode)) return "b";
  return S_ISFIFO(status.st_mode) ? "p" : "";
}

// As the reference implementation: what the file leaves out is the host's.
Result<void> complete(CdiDeviceNode& node) {
  if (!node.type.empty() && (node.major != 0 || node.type == "p")) return {};
  const auto status = TRY(os::link_status(node.host_path));
  const std::string type = type_of(status);
  const bool same = node.type.empty() || node.type == type || (node.type == "u" && type == "c");
  if (type.empty() || !same) {
    return Failure(ErrorKind::kInvalidArgument, "{} is no device{}{}", node.host_path,
                   node.type.empty() ? "" : " of type ", node.type);
  }
  node.type = type;
  if (node.major != 0 || type == "p") return {};
  node.major = ::major(status.st_rdev);
  node.minor = ::minor(status.st_rdev);
  return {};
}

Result<CdiEdits> complete(const CdiEdits& edits, const SpecFile& file) {
  CdiEdits completed = edits;
  for (auto& node : completed.device_nodes) TRY(complete(node).context(file.path));
  return completed;
}

void put_variable(std::vector<std::string>& env, const std::string& entry) {
  const auto key = entry.substr(0, entry.find('=') + 1);
  std::erase_if(env, [&](const std::string& other) { return other.starts_with(key); });
  env.push_back(entry);
}

std::vector<oci::Hook>& hooks_of(oci::Hooks& hooks, std::string_view point) {
  if (point == "prestart") return hooks.prestart;
  if (point == "createRuntime") return hooks.create_runtime;
  if (point == "createContainer") return hooks.create_container;
  if (point == "startContainer") return hooks.start_container;
  return point == "poststart" ? hooks.poststart : hooks.poststop;
}

}  // namespace

std::vector<std::string> cdi_directories() {
  const char* const chosen = std::getenv("TARE_CDI_SPEC_DIRS");
  if (chosen == nullptr || *chosen == '\0') return {"/etc/cdi", "/var/run/cdi"};
  return split(chosen, ':');
}

Result<std::vector<CdiEdits>> find_cdi_edits(const std::vector<std::string>& names,
                                             const std::vector<std::string>& directories) {
  std::vector<CdiEdits> edits;
  if (names.empty()) return edits;
  const auto catalogue = read_catalogue(directories);
  std::set<const SpecFile*> seen;
  for (const auto& name : names) {
    const auto found = TRY(find_device(name, catalogue, directories));
    if (seen.insert(found.file).second) edits.push_back(TRY(complete(found.file->spec.edits, *found.file)));
    edits.push_back(TRY(complete(found.device->edits, *found.file)));
  }
  return edits;
}

void apply_cdi_edits(oci::RuntimeSpec& spec, const CdiEdits& edits) {
  for (const auto& entry : edits.env) put_variable(spec.process->env, entry);
  for (const auto& mount : edits.mounts) {
    std::erase_if(spec.mounts, [&](const oci::Mount& other) { return other.destination == mount.destination; });
    spec.mounts.push_back(mount);
  }
  for (const auto& [point, hook] : edits.hooks) hooks_of(spec.hooks, point).push_back(hook);
  for (const auto& [host_name, name] : edits.net_devices) spec.linux_section.net_devices[host_name].name = name;
  if (edits.intel_rdt) spec.linux_section.intel_rdt = edits.intel_rdt;
  auto& gids = spec.process->user.additional_gids;
  for (const auto gid : edits.additional_gids) {
    if (gid != 0 && std::find(gids.begin(), gids.end(), gid) == gids.end()) gids.push_back(gid);
  }
}

}  // namespace tare::engine
