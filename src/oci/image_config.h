// The image configuration: OCI image specification, config.md, with Docker's additions (Healthcheck, Shell, OnBuild).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace tare::oci {

// Durations in nanoseconds, as Docker stores them; 0 means the default.
struct Healthcheck {
  std::vector<std::string> test;  // {"NONE"}, {"CMD", …} or {"CMD-SHELL", command}
  int64_t interval = 0;
  int64_t timeout = 0;
  int64_t start_period = 0;
  int64_t retries = 0;
  bool operator==(const Healthcheck&) const = default;
};

// What a container of the image runs by default ("config" in the file).
struct ProcessDefaults {
  std::string user;
  std::vector<std::string> env;  // "NAME=value"
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<std::vector<std::string>> cmd;
  std::string working_dir;
  std::set<std::string> exposed_ports;  // "8080/tcp"
  std::set<std::string> volumes;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::optional<Healthcheck> healthcheck;
  std::vector<std::string> shell;
  std::vector<std::string> on_build;
};

struct HistoryEntry {
  std::string created;  // RFC 3339
  std::string created_by;
  std::string comment;
  std::string author;
  bool empty_layer = false;
};

struct ImageConfig {
  Platform platform;
  std::string created;
  std::string author;
  ProcessDefaults config;
  std::vector<Digest> diff_ids;  // rootfs.diff_ids, lowest first
  std::vector<HistoryEntry> history;

  static Result<ImageConfig> parse(std::string_view json);
  std::string to_json() const;  // canonical: same configuration, same bytes
};

}  // namespace tare::oci
