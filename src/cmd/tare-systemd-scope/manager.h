// systemd, the system's or the user's, asked over D-Bus to make, change and stop transient scopes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

struct sd_bus;

namespace tare::cmd {

enum class WhichManager { kSystem, kUser };

// "MemoryMax=1048576", "AllowedCPUs=0-2": a property of systemd.resource-control as D-Bus names it. Numbers are
// unsigned with "infinity" for none; sets of processors and memory nodes are lists. "CollectMode:s=inactive": any
// property, with its D-Bus type; elements of "as" are lines.
using PropertyTexts = std::vector<std::string>;

struct ScopeRequest {
  std::string unit;   // "tare-web.scope"
  std::string slice;  // "machine.slice"
  std::string description;
  pid_t pid = -1;  // moved into it
  PropertyTexts properties;
};

// One connection; every call blocks until systemd has answered.
class Manager {
 public:
  static Result<Manager> connect(WhichManager which);

  // Returns when the scope runs: its control group, from the root of the hierarchy. A failed unit of the same name is
  // forgotten first; one that is active is kAlreadyExists.
  Result<std::string> start_scope(const ScopeRequest& request);
  Result<void> set_properties(const std::string& unit, const PropertyTexts& properties);
  // Returns when it is gone. One that does not exist is fine.
  Result<void> stop_scope(const std::string& unit);

 private:
  struct Close {
    void operator()(sd_bus* bus) const;
  };
  explicit Manager(sd_bus* bus) : bus_(bus) {}

  Result<void> request_start(const ScopeRequest& request, std::string& job);
  Result<void> await_job(const std::string& job, const std::string& unit);
  Result<std::string> control_group(const std::string& unit);
  void reset_failed(const std::string& unit);

  std::unique_ptr<sd_bus, Close> bus_;
};

}  // namespace tare::cmd
