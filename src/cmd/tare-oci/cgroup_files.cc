#include "cgroup_files.h"

#include "base/text.h"
#include "os/file.h"

namespace tare::cmd {

uint64_t read_number(const std::string& path) {
  const auto text = os::read_file(path);
  if (!text.ok()) return 0;
  return trim(*text) == "max" ? kNoLimit : parse_unsigned(trim(*text)).value_or(0);
}

std::vector<std::vector<std::string>> read_table(const std::string& path) {
  std::vector<std::vector<std::string>> table;
  const auto text = os::read_file(path);
  for (const auto& line : split(text.ok() ? std::string_view(*text) : "", '\n')) {
    std::vector<std::string> words;
    for (auto& word : split(line, ' ')) {
      if (!word.empty()) words.push_back(std::move(word));
    }
    if (!words.empty()) table.push_back(std::move(words));
  }
  return table;
}

std::map<std::string, uint64_t> read_keyed(const std::string& path) {
  std::map<std::string, uint64_t> values;
  for (const auto& words : read_table(path)) {
    if (words.size() == 2) values[words[0]] = parse_unsigned(words[1]).value_or(0);
  }
  return values;
}

std::vector<unsigned> read_list(const std::string& path) {
  std::vector<unsigned> numbers;
  const auto text = os::read_file(path);
  if (!text.ok()) return numbers;
  for (const auto& part : split(trim(*text), ',')) {
    const auto range = cut(part, '-');
    const auto first = parse_unsigned(range ? range->first : part);
    const auto last = parse_unsigned(range ? range->second : part);
    if (!first || !last) continue;
    for (auto number = *first; number <= *last; ++number) numbers.push_back(static_cast<unsigned>(number));
  }
  return numbers;
}

}  // namespace tare::cmd
