// The commands of runc's command line, one function each. The result is the program's exit code.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "container_record.h"

namespace tare::cmd {

struct Invocation {
  Records records;
  std::vector<std::string> words;  // after the command's name
};

Result<int> create_command(const Invocation& invocation);
Result<int> run_command(const Invocation& invocation);
Result<int> start_command(const Invocation& invocation);
Result<int> exec_command(const Invocation& invocation);
Result<int> kill_command(const Invocation& invocation);
Result<int> delete_command(const Invocation& invocation);
Result<int> state_command(const Invocation& invocation);
Result<int> list_command(const Invocation& invocation);
Result<int> ps_command(const Invocation& invocation);
Result<int> pause_command(const Invocation& invocation);
Result<int> resume_command(const Invocation& invocation);
Result<int> spec_command(const Invocation& invocation);
Result<int> features_command(const Invocation& invocation);

}  // namespace tare::cmd
