#include "cmd/tare/filter.h"

#include <algorithm>

namespace tare::cmd {

Result<Filters> Filters::parse(const std::vector<std::string>& words, const std::vector<std::string>& known) {
  Filters filters;
  for (const auto& word : words) {
    const auto parts = cut(word, '=');
    if (!parts) return Failure(ErrorKind::kInvalidArgument, "invalid filter '{}': expected KEY=VALUE", word);
    const std::string key(parts->first);
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return Failure(ErrorKind::kInvalidArgument, "invalid filter '{}'", key).with_hint("known: " + join(known, ", "));
    }
    filters.values_[key].emplace_back(parts->second);
  }
  return filters;
}

bool Filters::allow(const std::string& key, const std::function<bool(const std::string&)>& matches) const {
  const auto found = values_.find(key);
  return found == values_.end() || std::any_of(found->second.begin(), found->second.end(), matches);
}

bool Filters::allow_labels(const std::map<std::string, std::string>& labels) const {
  const auto found = values_.find("label");
  if (found == values_.end()) return true;
  return std::all_of(found->second.begin(), found->second.end(), [&](const std::string& wanted) {
    const auto parts = cut(wanted, '=');
    const auto label = labels.find(std::string(parts ? parts->first : wanted));
    return label != labels.end() && (!parts || label->second == parts->second);
  });
}

}  // namespace tare::cmd
