#include "os/paths.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "os/error.h"
#include "os/file.h"

namespace tare::os {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_root() { return ::geteuid() == 0 && variable("TARE_ROOTLESS_UID").empty(); }

Result<std::string> default_data() {
  if (is_root()) return "/var/lib/tare";
  if (const auto directory = variable("XDG_DATA_HOME"); !directory.empty()) return directory + "/tare";
  const auto home = variable("HOME");
  if (home.empty()) {
    return Error(ErrorKind::kInvalidArgument, "neither HOME nor XDG_DATA_HOME is set: no place for images")
        .with_hint("set HOME, or give a directory with --root or TARE_ROOT");
  }
  return home + "/.local/share/tare";
}

std::string default_run(const std::string& data, bool data_was_given) {
  if (data_was_given) return data + "/run";
  if (is_root()) return "/run/tare";
  const auto directory = variable("XDG_RUNTIME_DIR");
  return directory.empty() ? data + "/run" : directory + "/tare";
}

Result<std::string> absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  char* const current = ::getcwd(nullptr, 0);
  if (current == nullptr) return last_error("get", "the working directory");
  const std::string result = formatted("{}/{}", current, path);
  std::free(current);
  return result;
}

// The folder of the path that this program was called by, links resolved; empty when it was called by its name.
std::string called_from() {
  const auto words = read_file("/proc/self/cmdline");
  const std::string called = words.ok() ? words->substr(0, words->find('\0')) : "";
  if (called.find('/') == std::string::npos) return "";
  std::error_code failed;
  const auto path = std::filesystem::canonical(called, failed);
  return failed ? "" : path.parent_path().string();
}

}  // namespace

Result<Paths> find_paths() {
  const auto given = variable("TARE_ROOT");
  Paths paths;
  paths.data = given.empty() ? TRY(default_data()) : TRY(absolute(given));
  const auto run = variable("TARE_RUN_ROOT");
  paths.run = run.empty() ? default_run(paths.data, !given.empty()) : TRY(absolute(run));
  return paths;
}

Result<void> make_data_directory(const std::string& path) {
  return make_directories(path, 0711).context("make the data directory");
}

Result<std::string> find_own_program(const std::string& name) {
  const auto self = TRY(read_link("/proc/self/exe"));
  std::vector<std::string> folders = split(variable("PATH"), ':');
  folders.insert(folders.begin(), {self.substr(0, self.find_last_of('/')), called_from()});
  for (const auto& folder : folders) {
    auto path = formatted("{}/{}", folder, name);
    if (folder.starts_with('/') && exists(path)) return path;
  }
  return Failure(ErrorKind::kNotFound, "{} is neither beside {} nor in PATH", name, self)
      .with_hint("build it with `make build`, or install all programs of tare into one folder");
}

}  // namespace tare::os
