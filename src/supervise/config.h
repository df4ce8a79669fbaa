// What a supervisor is told when it starts: DATA/containers/ID/supervisor.json, written by the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/image_config.h"

namespace tare::supervise {

enum class Restart { kNo, kOnFailure, kAlways, kUnlessStopped };

struct RestartPolicy {
  Restart when = Restart::kNo;
  int maximum_retries = 0;  // kOnFailure only; 0: no limit
  bool operator==(const RestartPolicy&) const = default;
};

// Log driver "json-file" and "local" both mean our own files (src/logs); "none" keeps nothing.
struct LogOptions {
  bool keep = true;
  uint64_t maximum_file_size = uint64_t{10} << 20;  // bytes
  int maximum_files = 5;
  bool operator==(const LogOptions&) const = default;
};

// The root file system as overlayfs layers, mounted by the runtime inside the container's mount namespace.
struct OverlayRoot {
  std::string lower_directory;           // the names below are relative to it
  std::vector<std::string> lower_names;  // topmost first
  std::string upper;
  std::string work;
  std::string disk;  // a file system image, mounted on the directory of both (disk.h); empty: they are the host's
  bool volatile_upper = false;  // never synced to disk: for --rm, whose files nobody will see again
};

struct Config {
  std::string container_id;            // 64 hexadecimal digits
  std::string data_directory;          // DATA/containers/ID: config.json (the OCI configuration), state.json, log/
  std::string run_directory;           // RUN/containers/ID: lock, control
  std::string runtime;                 // another OCI runtime's program, an absolute path; empty: the library
  std::string cgroup_path;             // as in config.json's linux.cgroupsPath
  std::optional<OverlayRoot> overlay;  // nothing: config.json's root.path is used as it is
  bool terminal = false;
  bool open_stdin = false;  // keep standard input open without an attached client (-i)
  bool stdin_once = false;  // close it when the first attached client leaves (run -i without -d)
  LogOptions log;
  RestartPolicy restart;
  std::optional<oci::Healthcheck> healthcheck;
  std::string seccomp_cache;  // directory of compiled seccomp filters, shared by all containers; empty: none
  // Executed in place of the supervisor when the container is done for good; empty: it just ends.
  std::vector<std::string> cleanup_command;

  static Result<Config> parse(std::string_view json);
  std::string to_json() const;
};

}  // namespace tare::supervise
