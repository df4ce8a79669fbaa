// state, list, ps, spec, features: what only prints.
#include <unistd.h>

#include <cstdio>

#include "commands.h"
#include "features.h"
#include "flags.h"
#include "os/file.h"
#include "os/process.h"
#include "runtime/defaults.h"

namespace tare::cmd {
namespace {

void print_line(const std::string& line) { std::printf("%s\n", line.c_str()); }

std::string pids_json(const std::vector<pid_t>& pids) {
  std::vector<std::string> texts;
  for (const pid_t pid : pids) texts.push_back(std::to_string(pid));
  return "[" + join(texts, ",") + "]";
}

// ps(1) knows the format; its lines are filtered by the container's pids, as runc does.
Result<int> print_process_table(const std::vector<pid_t>& pids, std::vector<std::string> arguments) {
  std::vector<std::string> texts;
  for (const pid_t pid : pids) texts.push_back(std::to_string(pid));
  os::SpawnOptions options;
  options.arguments = {"ps"};
  if (arguments.empty()) arguments = {"-f"};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  options.arguments.insert(options.arguments.end(), {"-p", join(texts, ",")});
  const auto child = TRY(os::spawn(options));
  const auto status = TRY(os::wait(child));
  return status.shell_code();
}

void print_table(const std::vector<ContainerRecord>& containers, const Records& records) {
  std::printf("%-20s %-10s %-10s %-30s %-30s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
  for (const auto& record : containers) {
    const Status status = records.status(record);
    std::printf("%-20s %-10d %-10s %-30s %-30s %s\n", record.id.c_str(), status == Status::kStopped ? 0 : record.pid,
                std::string(to_string(status)).c_str(), record.bundle.c_str(), record.created.c_str(),
                record.owner == 0 ? "root" : std::to_string(record.owner).c_str());
  }
}

}  // namespace

Result<int> state_command(const Invocation& invocation) {
  const auto flags = TRY(Flags::parse(invocation.words, {{"help", "h", false}}));
  if (flags.rest().size() != 1) return Failure(ErrorKind::kInvalidArgument, "exactly one container id is needed");
  const auto record = TRY(invocation.records.load(flags.rest().front()));
  const auto spec = TRY(invocation.records.load_spec(record.id));
  print_line(state_text(record, invocation.records.status(record), spec));
  return 0;
}

Result<int> list_command(const Invocation& invocation) {
  const auto flags =
      TRY(Flags::parse(invocation.words, {{"format", "f", true}, {"quiet", "q", false}, {"help", "h", false}}));
  const auto containers = TRY(invocation.records.load_all());
  const std::string format = flags.text("format", "table");
  if (flags.has("quiet")) {
    for (const auto& record : containers) print_line(record.id);
  } else if (format == "json") {
    print_line(containers.empty() ? "null" : list_text(containers, invocation.records));
  } else if (format == "table") {
    print_table(containers, invocation.records);
  } else {
    return Failure(ErrorKind::kInvalidArgument, "invalid format option: {}", format);
  }
  return 0;
}

Result<int> ps_command(const Invocation& invocation) {
  const auto flags = TRY(Flags::parse(invocation.words, {{"format", "f", true}, {"help", "h", false}}));
  if (flags.rest().empty()) return Failure(ErrorKind::kInvalidArgument, "a container id is needed");
  const auto record = TRY(invocation.records.load(flags.rest().front()));
  const auto cgroup = TRY(cgroup_of(record));
  if (cgroup.empty()) return Failure(ErrorKind::kUnsupported, "container {} has no cgroup to list", record.id);
  const auto pids = TRY(cgroup.processes());
  if (flags.text("format", "table") == "json") {
    print_line(pids_json(pids));
    return 0;
  }
  return print_process_table(pids, {flags.rest().begin() + 1, flags.rest().end()});
}

Result<int> spec_command(const Invocation& invocation) {
  const auto flags =
      TRY(Flags::parse(invocation.words, {{"bundle", "b", true}, {"rootless", "", false}, {"help", "h", false}}));
  const std::string path = flags.text("bundle", ".") + "/config.json";
  if (os::exists(path)) return Failure(ErrorKind::kAlreadyExists, "file config.json exists. Remove it first");
  oci::RuntimeSpec spec = runtime::default_spec();
  spec.root = oci::Root{"rootfs", true};
  spec.process->args = {"sh"};
  spec.process->terminal = true;
  spec.hostname = "tare";
  if (flags.has("rootless")) {
    spec.linux_section.namespaces.push_back({oci::NamespaceType::kUser, ""});
    spec.linux_section.uid_mappings = {{0, ::geteuid(), 1}};
    spec.linux_section.gid_mappings = {{0, ::getegid(), 1}};
    std::erase_if(spec.linux_section.namespaces,
                  [](const auto& space) { return space.type == oci::NamespaceType::kNetwork; });
  }
  TRY(os::write_file_atomic(path, spec.to_json(), 0644));
  return 0;
}

Result<int> features_command(const Invocation& invocation) {
  TRY(Flags::parse(invocation.words, {{"help", "h", false}}));
  print_line(features_text());
  return 0;
}

}  // namespace tare::cmd
