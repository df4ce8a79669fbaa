#include "os/resctrl.h"

#include "base/text.h"
#include "os/file.h"

namespace tare::os {
namespace {

std::string text_of(const std::string& path) {
  const auto text = read_file(path);
  return text.ok() ? std::string(trim(*text)) : "";
}

uint64_t number_of(const std::string& path) { return parse_unsigned(text_of(path)).value_or(0); }

// Absent, or "Unavailable" and "Error" where the processor has nothing to tell.
std::optional<uint64_t> counter_of(const std::string& path) {
  const auto number = parse_unsigned(text_of(path));
  return number ? std::optional<uint64_t>(*number) : std::nullopt;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  for (const auto& line : split(text_of(path), '\n')) {
    if (!trim(line).empty()) lines.emplace_back(trim(line));
  }
  return lines;
}

}  // namespace

std::string find_resctrl() {
  const auto mounts = read_file("/proc/self/mountinfo");
  for (const auto& line : split(mounts.ok() ? *mounts : "", '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() > 4 && line.find(" - resctrl ") != std::string::npos) return fields[4];
  }
  return "";
}

std::set<std::string> resctrl_resources(const std::string& mount) {
  std::set<std::string> resources;
  for (const auto& name : list_directory(mount + "/info").value_or({})) {
    if (name != "last_cmd_status") resources.insert(name);
  }
  return resources;
}

ResctrlStatistics read_resctrl_statistics(const std::string& mount, const std::string& group,
                                          const std::string& monitor) {
  ResctrlStatistics result;
  const std::string cache = mount + "/info/L3/";
  if (exists(cache)) {
    result.cache = {text_of(cache + "cbm_mask"), number_of(cache + "min_cbm_bits"), number_of(cache + "num_closids")};
  }
  const std::string bandwidth = mount + "/info/MB/";
  if (exists(bandwidth)) {
    result.bandwidth = {number_of(bandwidth + "bandwidth_gran"), number_of(bandwidth + "delay_linear"),
                        number_of(bandwidth + "min_bandwidth"), number_of(bandwidth + "num_closids")};
  }
  result.root_schemata = lines_of(mount + "/schemata");
  result.schemata = lines_of(group + "/schemata");
  for (const auto& name : list_directory(monitor + "/mon_data").value_or({})) {
    const std::string domain = formatted("{}/mon_data/{}/", monitor, name);
    result.domains.push_back({counter_of(domain + "llc_occupancy"), counter_of(domain + "mbm_total_bytes"),
                              counter_of(domain + "mbm_local_bytes")});
  }
  return result;
}

}  // namespace tare::os
