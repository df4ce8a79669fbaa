#include "codec/json.h"
#include "container_record.h"

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
  return record;
}

std::string ContainerRecord::to_json() const {
  return codec::dump_json({{"id", id},
                           {"bundle", bundle},
                           {"pid", pid},
                           {"pidStarted", pid_started},
                           {"cgroupPath", cgroup_path},
                           {"created", created},
                           {"owner", owner}});
}

namespace {

codec::Json state_object(const ContainerRecord& record, Status status, const oci::RuntimeSpec& spec) {
  const bool alive = status != Status::kStopped;
  const std::string root = spec.root ? spec.root->path : "rootfs";
  codec::Json json{
      {"ociVersion", spec.oci_version}, {"id", record.id},
      {"pid", alive ? record.pid : 0},  {"status", std::string(to_string(status))},
      {"bundle", record.bundle},        {"rootfs", root.starts_with('/') ? root : record.bundle + "/" + root},
      {"created", record.created},      {"owner", record.owner == 0 ? "root" : std::to_string(record.owner)}};
  if (!spec.annotations.empty()) json["annotations"] = spec.annotations;
  return json;
}

}  // namespace

std::string state_text(const ContainerRecord& record, Status status, const oci::RuntimeSpec& spec) {
  return codec::dump_json_indented(state_object(record, status, spec), 2);
}

std::string list_text(const std::vector<ContainerRecord>& records, const Records& all) {
  codec::Json list = codec::Json::array();
  for (const auto& record : records) {
    auto spec = all.load_spec(record.id);
    list.push_back(state_object(record, all.status(record), std::move(spec).value_or({})));
  }
  return codec::dump_json(list);
}

}  // namespace tare::cmd
