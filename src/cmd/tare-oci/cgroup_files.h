// The formats that cgroup files come in. What is missing reads as 0 or empty: which files there are depends on the
// kernel's version and configuration.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace tare::cmd {

// Of "max".
constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

uint64_t read_number(const std::string& path);
std::map<std::string, uint64_t> read_keyed(const std::string& path);        // "key number" lines
std::vector<std::vector<std::string>> read_table(const std::string& path);  // words of every line
std::vector<unsigned> read_list(const std::string& path);                   // "0-2,7"

}  // namespace tare::cmd
