#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>

#include "codec/json.h"
#include "engine/seccomp_profile.h"
#include "oci/descriptor.h"

namespace tare::engine {
namespace {

using codec::JsonReader;

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "4.8"
Result<bool> is_kernel_at_least(const JsonReader& filter, const std::string& wanted, const SeccompFacts& facts) {
  const auto parts = cut(wanted, '.');
  const auto major = parts ? parse_unsigned(parts->first) : std::nullopt;
  const auto minor = parts ? parse_unsigned(parts->second) : std::nullopt;
  if (!major || !minor) return filter.error(formatted("minKernel {} is no version such as 4.8", wanted));
  return facts.kernel_major > *major || (facts.kernel_major == *major && facts.kernel_minor >= *minor);
}

Result<bool> is_included(const JsonReader& rule, const SeccompFacts& facts) {
  const auto filter = TRY(rule.find("includes"));
  if (!filter) return true;
  const auto architectures = TRY(filter->strings("arches"));
  if (!architectures.empty() && !holds(architectures, facts.architecture)) return false;
  for (const auto& capability : TRY(filter->strings("caps"))) {
    if (!holds(facts.capabilities, capability)) return false;
  }
  const auto kernel = TRY(filter->string_or("minKernel", ""));
  return kernel.empty() || TRY(is_kernel_at_least(*filter, kernel, facts));
}

Result<bool> is_excluded(const JsonReader& rule, const SeccompFacts& facts) {
  const auto filter = TRY(rule.find("excludes"));
  if (!filter) return false;
  if (holds(TRY(filter->strings("arches")), facts.architecture)) return true;
  for (const auto& capability : TRY(filter->strings("caps"))) {
    if (holds(facts.capabilities, capability)) return true;
  }
  const auto kernel = TRY(filter->string_or("minKernel", ""));
  return !kernel.empty() && TRY(is_kernel_at_least(*filter, kernel, facts));
}

Result<std::optional<unsigned>> read_errno(const JsonReader& object, std::string_view key) {
  const auto number = TRY(object.find_integer(key));
  if (!number) return std::optional<unsigned>();
  if (*number < 0 || *number > 4095) return object.error(formatted("{} {} is no error number", key, *number));
  return std::optional(static_cast<unsigned>(*number));
}

Result<std::vector<oci::SeccompArgument>> read_arguments(const JsonReader& rule) {
  std::vector<oci::SeccompArgument> arguments;
  for (const auto& entry : TRY(rule.elements("args"))) {
    const auto index = TRY(entry.unsigned_integer("index"));
    if (index > 5) return entry.error("index: a system call has the arguments 0 to 5");
    oci::SeccompArgument argument{.index = static_cast<unsigned>(index)};
    argument.value = TRY(entry.unsigned_or("value", 0));
    argument.value_two = TRY(entry.unsigned_or("valueTwo", 0));
    argument.op = TRY(entry.string("op"));
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

Result<oci::SeccompRule> read_rule(const JsonReader& entry) {
  oci::SeccompRule rule;
  rule.names = TRY(entry.strings("names"));
  const auto name = TRY(entry.string_or("name", ""));
  if (!name.empty() && !rule.names.empty()) return entry.error("both name and names");
  if (!name.empty()) rule.names = {name};
  if (rule.names.empty()) return entry.error("names no system call");
  rule.action = TRY(entry.string("action"));
  rule.errno_ret = TRY(read_errno(entry, "errnoRet"));
  rule.args = TRY(read_arguments(entry));
  return rule;
}

// The specification's name for Go's.
std::string_view specification_name(std::string_view architecture) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"amd64", "SCMP_ARCH_X86_64"},    {"386", "SCMP_ARCH_X86"},     {"arm64", "SCMP_ARCH_AARCH64"},
      {"arm", "SCMP_ARCH_ARM"},         {"s390x", "SCMP_ARCH_S390X"}, {"ppc64le", "SCMP_ARCH_PPC64LE"},
      {"riscv64", "SCMP_ARCH_RISCV64"},
  };
  for (const auto& [name, specified] : kNames) {
    if (name == architecture) return specified;
  }
  return "";
}

Result<std::vector<std::string>> read_architectures(const JsonReader& root, const SeccompFacts& facts) {
  auto architectures = TRY(root.strings("architectures"));
  const auto map = TRY(root.elements("archMap"));
  if (!architectures.empty() && !map.empty()) return root.error("both architectures and archMap");
  for (const auto& entry : map) {
    const auto native = TRY(entry.string("architecture"));
    if (native != specification_name(facts.architecture)) continue;
    architectures = TRY(entry.strings("subArchitectures"));
    architectures.insert(architectures.begin(), native);
  }
  return architectures;
}

Result<oci::Seccomp> read_profile(const JsonReader& root, const SeccompFacts& facts) {
  oci::Seccomp profile;
  profile.default_action = TRY(root.string("defaultAction"));
  profile.default_errno_ret = TRY(read_errno(root, "defaultErrnoRet"));
  profile.architectures = TRY(read_architectures(root, facts));
  profile.flags = TRY(root.strings("flags"));
  profile.listener_path = TRY(root.string_or("listenerPath", ""));
  profile.listener_metadata = TRY(root.string_or("listenerMetadata", ""));
  for (const auto& entry : TRY(root.elements("syscalls"))) {
    const bool included = TRY(is_included(entry, facts));
    const bool excluded = TRY(is_excluded(entry, facts));
    auto rule = TRY(read_rule(entry));
    if (included && !excluded) profile.syscalls.push_back(std::move(rule));
  }
  return profile;
}

}  // namespace

SeccompFacts seccomp_facts(std::vector<std::string> capabilities) {
  SeccompFacts facts{std::move(capabilities), oci::Platform::host().architecture};
  utsname names{};
  if (::uname(&names) == 0) std::sscanf(names.release, "%u.%u", &facts.kernel_major, &facts.kernel_minor);
  return facts;
}

Result<oci::Seccomp> parse_seccomp_profile(std::string_view json, const SeccompFacts& facts) {
  const auto document = TRY(codec::parse_json(json));
  return read_profile(JsonReader(document, "seccomp profile"), facts);
}

}  // namespace tare::engine
