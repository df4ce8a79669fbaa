#include "runtime/plan/resctrl.h"

#include <map>

namespace tare::runtime {
namespace {

Error invalid(const std::string& property, const std::string& value, const std::string& reason) {
  return Failure(ErrorKind::kInvalidArgument, "linux.intelRdt.{}: {} {}", property, value, reason);
}

// "/" is the group that everything is in by default.
Result<void> check_class(const std::string& name) {
  if (name == "/") return {};
  if (name == "." || name == ".." || name.find_first_of("/\n") != std::string::npos) {
    return invalid("closID", name, "is no name of a group");
  }
  // A group of this name would be one of the file system's own directories.
  if (name == "info" || name == "mon_groups" || name == "mon_data") {
    return invalid("closID", name, "is a directory of the resctrl file system's own");
  }
  return {};
}

Result<void> add_line(const std::string& property, const std::string& line, const HostFacts& facts,
                      std::vector<std::string>& lines) {
  const auto parts = cut(line, ':');
  if (!parts || line.find('\n') != std::string::npos) return invalid(property, line, "is no line of a schemata file");
  const std::string resource(trim(parts->first));
  if (facts.resctrl_resources.count(resource) == 0) {
    return Failure(ErrorKind::kUnsupported, "linux.intelRdt.{} {} cannot be applied: this host has no {} in {}/info",
                   property, line, resource, facts.resctrl);
  }
  lines.push_back(line);
  return {};
}

// The order is the specification's. Its versions before 1.3 allow several lines for the cache, of which those of the
// memory bandwidth give way to memBwSchema.
Result<std::vector<std::string>> plan_lines(const oci::IntelRdt& rdt, const HostFacts& facts) {
  std::vector<std::string> lines;
  for (const auto& line : split(rdt.l3_cache_schema, '\n')) {
    const bool overridden = !rdt.mem_bw_schema.empty() && line.starts_with("MB:");
    if (!line.empty() && !overridden) TRY(add_line("l3CacheSchema", line, facts, lines));
  }
  if (!rdt.mem_bw_schema.empty()) {
    if (!rdt.mem_bw_schema.starts_with("MB:")) {
      return invalid("memBwSchema", rdt.mem_bw_schema, "does not start with MB:");
    }
    TRY(add_line("memBwSchema", rdt.mem_bw_schema, facts, lines));
  }
  for (const auto& line : rdt.schemata) TRY(add_line("schemata", line, facts, lines));
  return lines;
}

// "L3:0=0ff;1=c0" as {0: ff, 1: c0}.
std::map<std::string, std::string, std::less<>> values_of(std::string_view list) {
  std::map<std::string, std::string, std::less<>> values;
  for (const auto& part : split(list, ';')) {
    const auto pair = cut(part, '=');
    if (!pair) continue;
    std::string_view value = trim(pair->second);
    while (value.size() > 1 && value.front() == '0') value.remove_prefix(1);
    values[std::string(trim(pair->first))] = to_lower(value);
  }
  return values;
}

std::string_view line_of(std::string_view resource, const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    const auto parts = cut(line, ':');
    if (parts && trim(parts->first) == resource) return trim(line);
  }
  return "";
}

}  // namespace

Result<std::optional<ResctrlPlan>> plan_resctrl(const oci::LinuxSection& section, const HostFacts& facts,
                                                const std::string& id) {
  if (!section.intel_rdt) return std::optional<ResctrlPlan>();
  const oci::IntelRdt& rdt = *section.intel_rdt;
  TRY(check_class(rdt.clos_id));
  ResctrlPlan plan{.mount = facts.resctrl, .is_named = !rdt.clos_id.empty()};
  plan.group = rdt.clos_id == "/" ? facts.resctrl : facts.resctrl + "/" + (plan.is_named ? rdt.clos_id : id);
  plan.schemata = TRY(plan_lines(rdt, facts));
  if (!rdt.enable_monitoring) return std::optional(plan);
  if (facts.resctrl_resources.count("L3_MON") == 0) {
    return Failure(ErrorKind::kUnsupported,
                   "linux.intelRdt.enableMonitoring cannot be applied: this host has no L3_MON in {}/info",
                   facts.resctrl);
  }
  plan.monitor = plan.group + "/mon_groups/" + id;
  return std::optional(plan);
}

std::optional<std::string> find_mismatch(const std::vector<std::string>& lines, std::string_view schemata) {
  const auto present = split(schemata, '\n');
  for (const auto& line : lines) {
    const auto wanted = cut(line, ':');
    if (!wanted) continue;
    const auto there = line_of(trim(wanted->first), present);
    const auto values = there.empty() ? values_of("") : values_of(cut(there, ':')->second);
    for (const auto& [domain, value] : values_of(wanted->second)) {
      const auto found = values.find(domain);
      if (found != values.end() && found->second == value) continue;
      return there.empty() ? formatted("{} is asked for, and it has no such line", line)
                           : formatted("{} is asked for, and it has {}", line, there);
    }
  }
  return std::nullopt;
}

}  // namespace tare::runtime
