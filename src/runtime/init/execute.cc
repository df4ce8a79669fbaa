#include "runtime/init/execute.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace tare::runtime {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view path_variable(const std::vector<std::string>& environment) {
  for (const auto& variable : environment) {
    if (variable.starts_with("PATH=")) return std::string_view(variable).substr(5);
  }
  return kDefaultPath;
}

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const auto& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

std::optional<std::string> find_in_path(const std::string& name, const std::vector<std::string>& environment) {
  std::optional<std::string> not_executable;
  for (const auto& directory : split(path_variable(environment), ':')) {
    const std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0 && is_file(candidate)) return candidate;
    if (!not_executable && is_file(candidate)) not_executable = candidate;
  }
  return not_executable;
}

Result<std::string> find_program(const oci::Process& process) {
  const std::string& name = process.args.front();
  if (name.find('/') == std::string::npos) {
    const auto found = find_in_path(name, process.env);
    if (found) return *found;
    return Failure(ErrorKind::kNoExecutable, "exec {}: executable file not found in $PATH ({})", name,
                   path_variable(process.env));
  }
  if (::access(name.c_str(), F_OK) != 0 && name.starts_with('/')) return diagnose_exec(name, errno);
  return name;
}

Error execute(const oci::Process& process) {
  auto program = find_program(process);
  if (!program.ok()) return std::move(program).error();
  const auto arguments = pointers(process.args);
  const auto environment = pointers(process.env);
  ::execve(program->c_str(), arguments.data(), environment.data());
  return diagnose_exec(*program, errno);
}

}  // namespace tare::runtime
