// --filter of the listing commands: "name=web", "status=running"; several of one key are alternatives, different keys
// must all hold, as in Docker.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::cmd {

class Filters {
 public:
  // kInvalidArgument for a key that is not in `known`.
  static Result<Filters> parse(const std::vector<std::string>& words, const std::vector<std::string>& known);
  // True when the key was not given, or when `matches` holds for one of its values.
  bool allow(const std::string& key, const std::function<bool(const std::string&)>& matches) const;
  bool has(const std::string& key) const { return values_.count(key) > 0; }
  // "label=key" and "label=key=value": all that are given must hold.
  bool allow_labels(const std::map<std::string, std::string>& labels) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace tare::cmd
