// The commands of runc's command line: what each takes, and the function that does it. Its result is the program's exit
// code.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "base/result.h"
#include "container_record.h"
#include "flags.h"

namespace tare::cmd {

struct Invocation {
  Records records;
  Flags flags;
  bool systemd_cgroup = false;  // matters to those that make a container: the others know from its record

  const std::string& container() const { return flags.rest().front(); }
};

constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

struct Command {
  std::string name;
  std::string summary;
  std::string arguments;  // as the help shows them: "<container-id> [signal]"
  size_t at_least = 1;    // words
  size_t at_most = 1;
  std::vector<FlagDefinition> flags;
  Result<int> (*run)(const Invocation&) = nullptr;
  FlagOrder order = FlagOrder::kAnywhere;
  int failure_code = 1;
};

Command checkpoint_command();
Command create_command();
Command delete_command();
Command events_command();
Command exec_command();
Command features_command();
Command kill_command();
Command list_command();
Command pause_command();
Command ps_command();
Command restore_command();
Command resume_command();
Command run_command();
Command spec_command();
Command start_command();
Command state_command();
Command update_command();

}  // namespace tare::cmd
