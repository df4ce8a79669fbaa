#include "cmd/tare/option_values.h"

#include "base/clock.h"
#include "os/file.h"

namespace tare::cmd {

Error bad_option(std::string_view option, std::string_view value, std::string_view expected) {
  return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for {}: {}", value, option, expected);
}

Result<void> read_size(std::string_view option, const std::string& text, std::optional<int64_t>& target) {
  if (text.empty()) return {};
  const auto size = parse_size(text);
  if (!size) return bad_option(option, text, "expected a size such as 64m or 1g");
  target = static_cast<int64_t>(*size);
  return {};
}

Result<int64_t> read_duration(std::string_view option, const std::string& text) {
  if (text.empty()) return 0;
  const auto duration = parse_duration(text);
  if (!duration || duration->count() < 0) return bad_option(option, text, "expected a duration such as 30s");
  return duration->count();
}

Result<std::vector<std::string>> read_lines(const std::string& option, const std::string& path) {
  const auto text = TRY(os::read_file(path, size_t{1} << 20).context(option));
  std::vector<std::string> lines;
  for (const auto& line : split(text, '\n')) {
    const auto content = trim(line);
    if (!content.empty() && content[0] != '#') lines.emplace_back(content);
  }
  return lines;
}

void add_pair(std::map<std::string, std::string>& map, const std::string& entry) {
  const auto parts = cut(entry, '=');
  if (parts)
    map[std::string(parts->first)] = parts->second;
  else
    map[entry] = "";
}

}  // namespace tare::cmd
