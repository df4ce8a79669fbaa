#include "build/graph/scope.h"

#include <algorithm>
#include <array>

namespace tare::build {
namespace {

constexpr std::array<std::string_view, 5> kProxyArguments{"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                                                          "all_proxy"};

bool names(std::string_view variable, std::string_view name) {
  return !name.empty() && variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=';
}

std::map<std::string, std::string, std::less<>> platform_arguments(const oci::Platform& target) {
  std::map<std::string, std::string, std::less<>> values;
  const auto add = [&](const std::string& prefix, const oci::Platform& platform) {
    values[prefix + "PLATFORM"] = platform.string();
    values[prefix + "OS"] = platform.os;
    values[prefix + "ARCH"] = platform.architecture;
    values[prefix + "VARIANT"] = platform.variant;
  };
  add("BUILD", oci::Platform::host());
  add("TARGET", target);
  return values;
}

}  // namespace

Result<GlobalScope> GlobalScope::create(const Dockerfile& dockerfile, const BuildArguments& given,
                                        const oci::Platform& platform) {
  GlobalScope scope(given);
  scope.values_ = platform_arguments(platform);
  for (const auto& instruction : dockerfile.global_args) {
    for (const auto& word : instruction.words) {
      const auto parts = cut(word, '=');
      const auto name = std::string(parts ? parts->first : word);
      const auto overridden = given.find(name);
      if (overridden != given.end()) {
        scope.values_[name] = overridden->second;
      } else if (parts) {
        auto value = expand_word(parts->second, scope.lookup(), dockerfile.escape);
        if (!value.ok()) return dockerfile.source.located(instruction.line, std::move(value).error());
        scope.values_[name] = std::move(value).value();
      }
    }
  }
  return scope;
}

std::optional<std::string> GlobalScope::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

Lookup GlobalScope::lookup() const {
  return [this](std::string_view name) { return find(name); };
}

void StageScope::declare(const std::string& name, const std::optional<std::string>& value, const GlobalScope& global) {
  const auto given = global.given().find(name);
  if (given != global.given().end())
    values_[name] = given->second;
  else if (value)
    values_[name] = value;
  else
    values_[name] = global.find(name);
}

Lookup StageScope::lookup(const std::vector<std::string>& env) const {
  return [this, &env](std::string_view name) {
    if (auto value = find_variable(env, name)) return value;
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : found->second;
  };
}

std::vector<std::string> StageScope::visible(const std::vector<std::string>& env) const {
  std::vector<std::string> result;
  for (const auto& [name, value] : values_) {
    if (value && !find_variable(env, name)) result.push_back(formatted("{}={}", name, *value));
  }
  return result;
}

std::optional<std::string> find_variable(const std::vector<std::string>& env, std::string_view name) {
  for (const auto& variable : env) {
    if (names(variable, name)) return variable.substr(name.size() + 1);
  }
  return std::nullopt;
}

void set_variable(std::vector<std::string>& env, const std::string& name, const std::string& value) {
  const auto found = std::find_if(env.begin(), env.end(), [&](const auto& variable) { return names(variable, name); });
  auto text = formatted("{}={}", name, value);
  if (found == env.end())
    env.push_back(std::move(text));
  else
    *found = std::move(text);
}

bool is_proxy_argument(std::string_view name) {
  return std::find(kProxyArguments.begin(), kProxyArguments.end(), to_lower(name)) != kProxyArguments.end();
}

}  // namespace tare::build
