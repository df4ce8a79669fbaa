#include "build/context/ignore.h"

namespace tare::build {

std::string clean_path(std::string_view path) {
  const bool absolute = path.starts_with('/');
  std::vector<std::string> parts;
  for (auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(std::move(part));
    else if (!parts.empty() && parts.back() != "..")
      parts.pop_back();
    else if (!absolute)
      parts.emplace_back("..");
  }
  const auto joined = join(parts, "/");
  if (absolute) return "/" + joined;
  return joined.empty() ? "." : joined;
}

Result<void> IgnoreRules::add(std::string_view pattern) {
  const bool negated = pattern.starts_with('!');
  if (negated) pattern = trim(pattern.substr(1));
  if (pattern.empty()) return Error(ErrorKind::kInvalidArgument, "illegal exclusion pattern: \"!\"");
  auto cleaned = clean_path(pattern);
  if (cleaned.size() > 1 && cleaned.starts_with('/')) cleaned.erase(0, 1);
  rules_.push_back({TRY(Glob::parse(cleaned, Glob::DoubleStar::kAllowed)), negated});
  has_negation_ = has_negation_ || negated;
  return {};
}

Result<IgnoreRules> IgnoreRules::parse(const std::string& name, std::string_view text) {
  IgnoreRules rules;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  size_t number = 0;
  for (const auto& line : split(text, '\n')) {
    ++number;
    if (line.starts_with('#') || trim(line).empty()) continue;
    TRY(rules.add(trim(line)).context(formatted("{}:{}", name, number)));
  }
  return rules;
}

Result<IgnoreRules> IgnoreRules::from_patterns(const std::vector<std::string>& patterns) {
  IgnoreRules rules;
  for (const auto& pattern : patterns) TRY(rules.add(pattern));
  return rules;
}

bool IgnoreRules::ignores(std::string_view path) const {
  bool ignored = false;
  for (const auto& rule : rules_) {
    if (rule.negated != ignored) continue;  // it would change nothing
    bool matched = rule.glob.matches(path);
    for (size_t slash = path.find('/'); !matched && slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      matched = rule.glob.matches(path.substr(0, slash));
    }
    if (matched) ignored = !rule.negated;
  }
  return ignored;
}

}  // namespace tare::build
