// Which value a variable has where: ARG before FROM, ARG and ENV in a stage, --build-arg, and the arguments that are
// always there (TARGETARCH, HTTP_PROXY, …).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "build/dockerfile/dockerfile.h"
#include "build/dockerfile/expand.h"
#include "oci/descriptor.h"

namespace tare::build {

using BuildArguments = std::map<std::string, std::string>;

// What FROM lines see: the ARGs above the first FROM and the platform's arguments.
class GlobalScope {
 public:
  static Result<GlobalScope> create(const Dockerfile& dockerfile, const BuildArguments& given,
                                    const oci::Platform& platform);
  Lookup lookup() const;
  std::optional<std::string> find(std::string_view name) const;
  const BuildArguments& given() const { return given_; }

 private:
  explicit GlobalScope(BuildArguments given) : given_(std::move(given)) {}
  BuildArguments given_;
  std::map<std::string, std::string, std::less<>> values_;
};

// The ARGs that a stage declared so far. Copied when a stage begins from another.
class StageScope {
 public:
  // ARG name or name=value, expanded: --build-arg wins, then the value here, then the global one.
  void declare(const std::string& name, const std::optional<std::string>& value, const GlobalScope& global);
  // ENV wins over ARG. Both borrow: valid while this and `env` live.
  Lookup lookup(const std::vector<std::string>& env) const;
  // "NAME=value" of the declared ARGs that have one and that ENV does not hide, in order of names.
  std::vector<std::string> visible(const std::vector<std::string>& env) const;

 private:
  std::map<std::string, std::optional<std::string>, std::less<>> values_;
};

// The value of NAME in "NAME=value" strings.
std::optional<std::string> find_variable(const std::vector<std::string>& env, std::string_view name);
// Replaces or appends.
void set_variable(std::vector<std::string>& env, const std::string& name, const std::string& value);
// HTTP_PROXY and its kin: reach RUN without ARG, and neither history nor cache keys.
bool is_proxy_argument(std::string_view name);

}  // namespace tare::build
