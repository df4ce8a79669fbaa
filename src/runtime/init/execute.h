// The last step: executing the user's command, and saying why when it cannot be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/runtime_spec.h"

namespace tare::runtime {

// What execute() would run: a path, or a name found in PATH. kNoExecutable when there is no such file, so that engines
// learn it from the creation.
Result<std::string> find_program(const oci::Process& process);

// Returns only when it failed. Kinds: kNoExecutable (127), kNotExecutable (126).
Error execute(const oci::Process& process);

// The path that `name` means to a shell with this PATH; nothing when it is nowhere. Only for names without '/'.
std::optional<std::string> find_in_path(const std::string& name, const std::vector<std::string>& environment);

// Why the kernel did not execute `path` with error `number`, found by looking at the file as the kernel does: the `#!`
// line, the ELF header, the loader, permissions, the mount.
Error diagnose_exec(const std::string& path, int number);

}  // namespace tare::runtime
