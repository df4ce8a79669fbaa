#include "process_table.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "os/error.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::cmd {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  for (auto& word : split(line, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

Result<std::string> read_process_table(const std::vector<std::string>& arguments) {
  UniqueFd output(::memfd_create("ps", MFD_CLOEXEC));
  if (!output.valid()) return os::last_error("memfd_create", "ps");
  os::SpawnOptions options;
  options.arguments = {"ps"};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  if (arguments.empty()) options.arguments.emplace_back("-ef");
  options.descriptors = {{output, 1}, {output, 2}};
  const auto child = TRY(os::spawn(options));
  const auto status = TRY(os::wait(child));
  ::lseek(output.get(), 0, SEEK_SET);
  std::string text = TRY(os::read_fd(output, "output of ps"));
  if (status.shell_code() == 0) return text;
  return Failure(ErrorKind::kInvalidArgument, "ps failed with exit code {}: {}", status.shell_code(), trim(text));
}

Result<std::string> rows_of(const std::string& table, const std::vector<pid_t>& pids) {
  const auto lines = split(table, '\n');
  const auto title = words_of(lines.front());
  const auto column = std::find(title.begin(), title.end(), "PID") - title.begin();
  if (column == static_cast<std::ptrdiff_t>(title.size())) {
    return Failure(ErrorKind::kInvalidArgument, "couldn't find PID field in ps output");
  }
  std::string result = lines.front() + "\n";
  for (size_t row = 1; row < lines.size(); ++row) {
    const auto words = words_of(lines[row]);
    if (words.size() <= static_cast<size_t>(column)) continue;
    const auto pid = parse_signed(words[static_cast<size_t>(column)]);
    if (pid && std::find(pids.begin(), pids.end(), *pid) != pids.end()) result += lines[row] + "\n";
  }
  return result;
}

}  // namespace tare::cmd
