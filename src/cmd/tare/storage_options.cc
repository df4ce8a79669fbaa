#include "cmd/tare/storage_options.h"

#include <cstdlib>

#include "cmd/tare/option_values.h"
#include "os/file.h"

namespace tare::cmd {
namespace {

using engine::ContainerOptions;
using engine::MountOption;

bool is_volume_option(std::string_view word) {
  for (const auto* known :
       {"ro", "rw", "z", "Z", "nocopy", "shared", "slave", "private", "rshared", "rslave", "rprivate"}) {
    if (word == known) return true;
  }
  return false;
}

// z and Z ask for an SELinux label. Without SELinux there is none to give, and Docker takes them silently.
Result<void> check_relabelling(const std::string& text) {
  if (!os::exists("/sys/fs/selinux/enforce")) return {};
  return Failure(ErrorKind::kUnsupported, "--volume {}: z and Z label files for SELinux, which tare does not", text)
      .with_hint("drop the option, and label the files with chcon -t container_file_t");
}

Result<void> apply_volume_options(const std::string& text, MountOption& mount, const std::string& words) {
  for (const auto& word : split(words, ',')) {
    if (!is_volume_option(word)) return bad_option("--volume", text, formatted("unknown option {}", word));
    if (word == "z" || word == "Z") TRY(check_relabelling(text));
    if (word == "ro")
      mount.read_only = true;
    else if (word != "rw" && word != "z" && word != "Z")
      mount.options.push_back(word);
  }
  return {};
}

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  char* const resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  const std::string result = resolved;
  std::free(resolved);
  return result;
}

// [SOURCE:]TARGET[:OPTIONS]; a source with a slash or a dot in front is a path of the host, else a volume's name.
Result<MountOption> parse_volume(const std::string& text) {
  const auto parts = split(text, ':');
  MountOption mount{.type = MountOption::Type::kVolume};
  if (parts.size() > 3 || parts.back().empty())
    return bad_option("--volume", text, "expected [SOURCE:]TARGET[:OPTIONS]");
  if (parts.size() == 1) {
    mount.target = parts[0];
    return mount;
  }
  mount.source = parts[0];
  mount.target = parts[1];
  if (mount.source.starts_with('/') || mount.source.starts_with('.') || mount.source.starts_with('~')) {
    mount.type = MountOption::Type::kBind;
    // As Docker: a path of -v that does not exist becomes a directory.
    if (!os::exists(mount.source)) TRY(os::make_directories(mount.source));
    mount.source = absolute_path(mount.source);
  }
  if (parts.size() == 3) TRY(apply_volume_options(text, mount, parts[2]));
  return mount;
}

Result<void> apply_mount_field(const std::string& text, MountOption& mount, std::string_view key,
                               std::string_view value) {
  if (key == "type") {
    if (value == "bind")
      mount.type = MountOption::Type::kBind;
    else if (value == "volume")
      mount.type = MountOption::Type::kVolume;
    else if (value == "tmpfs")
      mount.type = MountOption::Type::kTmpfs;
    else
      return bad_option("--mount", text, formatted("unsupported mount type {}", value));
  } else if (key == "source" || key == "src") {
    mount.source = value;
  } else if (key == "target" || key == "destination" || key == "dst") {
    mount.target = value;
  } else if (key == "readonly" || key == "ro") {
    mount.read_only = value.empty() || value == "true" || value == "1";
  } else if (key == "bind-propagation") {
    mount.options.emplace_back(value);
  } else if (key == "tmpfs-size") {
    const auto size = parse_size(value);
    if (!size) return bad_option("--mount", text, "tmpfs-size is a size such as 64m");
    mount.options.push_back(formatted("size={}", *size));
  } else if (key == "tmpfs-mode") {
    mount.options.push_back(formatted("mode={}", value));
  } else {
    return bad_option("--mount", text, formatted("unexpected key '{}'", key));
  }
  return {};
}

Result<MountOption> parse_mount(const std::string& text) {
  MountOption mount{.type = MountOption::Type::kVolume};
  for (const auto& field : split(text, ',')) {
    const auto parts = cut(field, '=');
    TRY(apply_mount_field(text, mount, parts ? parts->first : std::string_view(field), parts ? parts->second : ""));
  }
  if (mount.target.empty()) return bad_option("--mount", text, "target is required");
  if (mount.type == MountOption::Type::kBind && mount.source.empty()) {
    return bad_option("--mount", text, "a bind mount needs a source");
  }
  return mount;
}

MountOption parse_tmpfs(const std::string& text) {
  const auto parts = cut(text, ':');
  MountOption mount{.type = MountOption::Type::kTmpfs, .target = std::string(parts ? parts->first : text)};
  if (parts) mount.options = split(parts->second, ',');
  return mount;
}

}  // namespace

void declare_storage(Arguments& arguments, StorageWords& words, ContainerOptions& options) {
  arguments.list("-v,--volume", words.volumes, "Mount a path or volume: [SOURCE:]TARGET[:ro]");
  arguments.list("--mount", words.mounts, "Mount: type=bind|volume|tmpfs,source=…,target=…[,readonly]");
  arguments.list("--tmpfs", words.tmpfs, "Mount a tmpfs: TARGET[:OPTIONS]");
  arguments.flag("--read-only", options.read_only, "Make the root file system read-only");
  arguments.list("--storage-opt", words.storage, "size=SIZE: limit of the container's writable layer");
  for (const auto* name : {"--volumes-from", "--volume-driver"}) arguments.refused(name);
}

Result<void> read_storage(const StorageWords& words, ContainerOptions& options) {
  for (const auto& text : words.volumes) options.mounts.push_back(TRY(parse_volume(text)));
  for (const auto& text : words.mounts) options.mounts.push_back(TRY(parse_mount(text)));
  for (const auto& text : words.storage) {
    if (!cut(text, '=')) return bad_option("--storage-opt", text, "expected size=SIZE");
    add_pair(options.storage_options, text);
  }
  for (const auto& text : words.tmpfs) options.mounts.push_back(parse_tmpfs(text));
  return {};
}

}  // namespace tare::cmd
