// Another OCI runtime (`run --runtime`), through its command line, in place of the library:
//
//   PROGRAM --root RUN/containers/ID/runtime --log … create --bundle RUN/containers/ID/bundle --pid-file … ID
//   PROGRAM --root … start | kill ID SIGNAL | pause | resume | update | exec --process FILE | delete --force
//
// Every call waits for the program. A failure is the last error of the log that it was told to write, because its
// standard error is the container's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/runtime.h"

namespace tare::supervise {

class RuntimeProgram {
 public:
  RuntimeProgram(std::string path, std::string run_directory, std::string id)
      : path_(std::move(path)), run_directory_(std::move(run_directory)), id_(std::move(id)) {}

  // The directory of config.json and rootfs/.
  std::string bundle() const { return run_directory_ + "/bundle"; }

  // The container's process is adopted by the caller if that is a subreaper (prctl(2)). The container of the result has
  // no cgroup yet.
  Result<runtime::Container> create(bool terminal, const runtime::StandardStreams& streams) const;
  Result<void> start() const;
  Result<void> kill(int signal) const;
  Result<void> pause() const;
  Result<void> resume() const;
  Result<void> update(const oci::Resources& resources) const;
  // Kills what is left of it and forgets it; absent is fine.
  Result<void> remove() const;
  std::vector<std::string> removal() const;  // the same as a command
  // The program is the caller's child, and lives as long as the process that it runs.
  Result<runtime::ExecutedProcess> exec(const oci::Process& process, const runtime::StandardStreams& streams) const;

 private:
  std::string log_file() const { return run_directory_ + "/runtime.log"; }
  std::vector<std::string> command(const std::vector<std::string>& words) const { return command(words, log_file()); }
  std::vector<std::string> command(const std::vector<std::string>& words, const std::string& log) const;
  Result<void> run(const std::vector<std::string>& words) const;
  Result<void> run(const std::vector<std::string>& words, const runtime::StandardStreams& streams) const;

  std::string path_;
  std::string run_directory_;
  std::string id_;
};

// Why the program of an exec that has ended could not execute the command; nothing when the command was executed, so
// that the exit code is its own. The program has told the user on standard error already.
std::optional<ErrorKind> find_exec_failure(const runtime::ExecutedProcess& process);

// The last error in a runtime's log of JSON lines; empty when there is none.
std::string last_logged_error(std::string_view log);
// What a runtime says of a command that cannot be executed, as Docker tells exit codes 127 and 126 apart.
ErrorKind kind_of_failure(std::string_view message);

}  // namespace tare::supervise
