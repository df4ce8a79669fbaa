#include <filesystem>

#include "codec/json.h"
#include "container_record.h"
#include "os/file.h"

namespace tare::cmd {

Result<ContainerRecord> ContainerRecord::parse(std::string_view text) {
  const auto document = TRY(codec::parse_json(text));
  const codec::JsonReader json(document);
  ContainerRecord record;
  record.id = TRY(json.string("id"));
  record.bundle = TRY(json.string("bundle"));
  record.pid = static_cast<pid_t>(TRY(json.integer("pid")));
  record.pid_started = TRY(json.unsigned_integer("pidStarted"));
  record.cgroup_path = TRY(json.string_or("cgroupPath", ""));
  record.created = TRY(json.string("created"));
  record.owner = static_cast<uid_t>(TRY(json.unsigned_or("owner", 0)));
  record.scope.name = TRY(json.string_or("scope", ""));
  record.scope.user = TRY(json.boolean_or("userScope", false));
  record.resctrl_groups = TRY(json.strings("resctrlGroups"));
  return record;
}

std::string ContainerRecord::to_json() const {
  return codec::dump_json({{"id", id},
                           {"bundle", bundle},
                           {"pid", pid},
                           {"pidStarted", pid_started},
                           {"cgroupPath", cgroup_path},
                           {"created", created},
                           {"owner", owner},
                           {"scope", scope.name},
                           {"userScope", scope.user},
                           {"resctrlGroups", resctrl_groups}});
}

namespace {

using OrderedJson = nlohmann::ordered_json;  // in the order of runc's output, which people compare by eye

std::string root_path(const ContainerRecord& record, const oci::RuntimeSpec& spec) {
  const std::filesystem::path root = spec.root && !spec.root->path.empty() ? spec.root->path : "rootfs";
  std::string path = (std::filesystem::path(record.bundle) / root).lexically_normal().string();
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

OrderedJson state_object(const ContainerRecord& record, Status status, const oci::RuntimeSpec& spec,
                         const std::string& owner) {
  OrderedJson json{{"ociVersion", spec.oci_version},
                   {"id", record.id},
                   {"pid", status != Status::kStopped ? record.pid : 0},
                   {"status", std::string(to_string(status))},
                   {"bundle", record.bundle},
                   {"rootfs", root_path(record, spec)},
                   {"created", record.created}};
  if (!spec.annotations.empty()) json["annotations"] = spec.annotations;
  json["owner"] = owner;
  return json;
}

std::string dump(const OrderedJson& json, int indentation) {
  return json.dump(indentation, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace

std::string owner_name(uid_t owner) {
  const auto passwd = os::read_file("/etc/passwd");
  for (const auto& line : split(passwd.ok() ? std::string_view(*passwd) : "", '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() > 2 && fields[2] == std::to_string(owner)) return fields[0];
  }
  return formatted("#{}", owner);
}

std::string state_text(const ContainerRecord& record, Status status, const oci::RuntimeSpec& spec) {
  return dump(state_object(record, status, spec, ""), 2);
}

std::string list_text(const std::vector<ContainerRecord>& records, const Records& all) {
  OrderedJson list = OrderedJson::array();
  for (const auto& record : records) {
    auto spec = all.load_spec(record.id);
    list.push_back(state_object(record, all.status(record), std::move(spec).value_or({}), owner_name(record.owner)));
  }
  return dump(list, -1);
}

}  // namespace tare::cmd
