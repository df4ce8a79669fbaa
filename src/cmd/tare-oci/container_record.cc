#include "container_record.h"

#include <unistd.h>

#include "base/log.h"
#include "os/file.h"

namespace tare::cmd {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kCreated:
      return "created";
    case Status::kRunning:
      return "running";
    case Status::kPaused:
      return "paused";
    case Status::kStopped:
      return "stopped";
  }
  return "";
}

Result<void> Records::check_id(const std::string& id) {
  const bool valid =
      !id.empty() && id != "." && id != ".." &&
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.") == std::string::npos;
  if (valid) return {};
  return Failure(ErrorKind::kInvalidArgument, "invalid container ID format: {}", id);
}

Result<void> Records::reserve(const std::string& id) const {
  TRY(check_id(id));
  TRY(os::make_directories(root_, 0700));
  auto made = os::make_directory(directory(id), 0711);
  if (!made.ok() && made.error().kind() == ErrorKind::kAlreadyExists) {
    return Failure(ErrorKind::kAlreadyExists, "container with given ID already exists: {}", id);
  }
  return made;
}

Result<void> Records::save(const ContainerRecord& record, const oci::RuntimeSpec& spec) const {
  TRY(os::write_file_atomic(directory(record.id) + "/config.json", spec.to_json(), 0600));
  return os::write_file_atomic(directory(record.id) + "/state.json", record.to_json(), 0600);
}

Result<ContainerRecord> Records::load(const std::string& id) const {
  TRY(check_id(id));
  const auto text = os::read_file(directory(id) + "/state.json");
  if (!text.ok()) return Failure(ErrorKind::kNotFound, "container does not exist: {}", id);
  return ContainerRecord::parse(*text);
}

Result<oci::RuntimeSpec> Records::load_spec(const std::string& id) const {
  const std::string text = TRY(os::read_file(directory(id) + "/config.json"));
  return oci::RuntimeSpec::parse(text);
}

Result<std::vector<ContainerRecord>> Records::load_all() const {
  std::vector<ContainerRecord> records;
  if (!os::exists(root_)) return records;
  for (const auto& name : TRY(os::list_directory(root_))) {
    const auto status = os::link_status(directory(name));
    if (name == kSeccompCache || !status.ok() || !S_ISDIR(status->st_mode)) continue;
    auto record = load(name);
    if (record.ok()) {
      records.push_back(std::move(record).value());
    } else {
      log_warning(formatted("load container {}: {}", name, record.error().text()));
    }
  }
  return records;
}

Result<void> Records::remove(const std::string& id) const { return os::remove_tree(directory(id)); }

Status Records::status(const ContainerRecord& record) const {
  if (!is_alive(record)) return Status::kStopped;
  if (os::exists(start_socket(record.id))) return Status::kCreated;
  const auto cgroup = cgroup_of(record);
  const bool frozen = cgroup.ok() && cgroup->is_frozen();
  return frozen ? Status::kPaused : Status::kRunning;
}

bool is_alive(const ContainerRecord& record) {
  const uint64_t started = record.pid > 0 ? process_start_time(record.pid) : 0;
  return started != 0 && started == record.pid_started;
}

uint64_t process_start_time(pid_t pid) {
  const auto text = os::read_file(formatted("/proc/{}/stat", pid));
  if (!text.ok()) return 0;
  // The second field is a name that may hold anything, so counting begins after its closing parenthesis.
  const auto fields = split(trim(std::string_view(*text).substr(text->rfind(')') + 1)), ' ');
  constexpr size_t kStartTime = 19;
  if (fields.size() <= kStartTime || fields[0] == "Z" || fields[0] == "X") return 0;
  return parse_unsigned(fields[kStartTime]).value_or(0);
}

Result<os::Cgroup> cgroup_of(const ContainerRecord& record) {
  if (record.cgroup_path.empty()) return os::Cgroup();
  return os::Cgroup::find(record.cgroup_path);
}

}  // namespace tare::cmd
