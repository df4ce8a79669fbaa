#include "cmd/tare/process_options.h"

#include <cstdlib>

#include "cmd/tare/option_values.h"

namespace tare::cmd {
namespace {

using engine::ContainerOptions;

// "NAME=value"; "NAME" alone takes the caller's value, and nothing when there is none.
void add_variable(std::vector<std::string>& env, const std::string& entry) {
  if (entry.find('=') != std::string::npos) {
    env.push_back(entry);
  } else if (const char* value = std::getenv(entry.c_str())) {
    env.push_back(formatted("{}={}", entry, value));
  }
}

Result<void> read_environment(const ProcessWords& words, ContainerOptions& options) {
  for (const auto& path : words.env_files) {
    const auto variables = TRY(read_lines("--env-file", path));
    for (const auto& line : variables) add_variable(options.env, line);
  }
  for (const auto& entry : words.env) {
    if (entry.empty() || entry[0] == '=') return bad_option("--env", entry, "expected NAME=VALUE");
    add_variable(options.env, entry);
  }
  return {};
}

Result<void> read_labels(const ProcessWords& words, ContainerOptions& options) {
  for (const auto& path : words.label_files) {
    const auto lines = TRY(read_lines("--label-file", path));
    for (const auto& line : lines) add_pair(options.labels, line);
  }
  for (const auto& entry : words.labels) add_pair(options.labels, entry);
  for (const auto& entry : words.annotations) add_pair(options.annotations, entry);
  return {};
}

}  // namespace

void declare_process(Arguments& arguments, ProcessWords& words, ContainerOptions& options) {
  arguments.text("--name", options.name, "Name of the container");
  arguments.list("-e,--env", words.env, "Set environment variables");
  arguments.list("--env-file", words.env_files, "Read environment variables from a file");
  arguments.optional_text("--entrypoint", words.entrypoint, "Replace the image's entrypoint");
  arguments.text("-u,--user", options.user, "User or uid, and group or gid: user[:group]");
  arguments.list("--group-add", options.group_add, "Additional groups");
  arguments.text("-w,--workdir", options.working_dir, "Working directory");
  arguments.flag("-t,--tty", options.terminal, "Give the container a terminal");
  arguments.flag("-i,--interactive", options.open_stdin, "Keep standard input open");
  arguments.list("-l,--label", words.labels, "Set labels");
  arguments.list("--label-file", words.label_files, "Read labels from a file");
  arguments.list("--annotation", words.annotations, "Add OCI annotations");
}

Result<void> read_process(const ProcessWords& words, ContainerOptions& options) {
  // As Docker: an empty entrypoint resets the image's.
  if (words.entrypoint) {
    options.entrypoint = words.entrypoint->empty() ? std::vector<std::string>() : std::vector{*words.entrypoint};
  }
  TRY(read_environment(words, options));
  return read_labels(words, options);
}

}  // namespace tare::cmd
