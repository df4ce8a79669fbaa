// Files of compiled filters: a line with the flags and the length of the description, the description, the program.
#include "os/file.h"
#include "runtime/defaults.h"
#include "runtime/seccomp/compile.h"

namespace tare::runtime {
namespace {

constexpr std::string_view kFormat = "tare-seccomp 3";  // changes with the format, or with how profiles are compiled

void describe(const oci::SeccompRule& rule, std::string& text) {
  text += rule.action;
  if (rule.errno_ret) text += '=' + std::to_string(*rule.errno_ret);
  for (const auto& argument : rule.args) {
    text += formatted(" {}{}{}:{}", argument.index, argument.op, argument.value, argument.value_two);
  }
  for (const auto& name : rule.names) {
    text += ' ';
    text += name;
  }
  text += '\n';
}

// Changes with what default_seccomp() answers, which compile_test.cc holds us to.
constexpr std::string_view kBuiltInVersion = "1";

// FNV-1a: only a file name; what is in the file is compared.
uint64_t hash(std::string_view text) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

std::optional<SeccompFilter> read_cached(const std::string& path, const std::string& description) {
  const auto content = os::read_file(path);
  if (!content.ok()) return std::nullopt;
  const auto head = cut(*content, '\n');
  if (!head || !head->second.starts_with(description)) return std::nullopt;
  const auto fields = split(head->first, ' ');
  const auto flags = fields.size() == 4 ? parse_unsigned(fields[2]) : std::nullopt;
  if (!flags || !head->first.starts_with(kFormat) || fields[3] != std::to_string(description.size()))
    return std::nullopt;
  return SeccompFilter{std::string(head->second.substr(description.size())), static_cast<unsigned>(*flags)};
}

}  // namespace

std::string describe_seccomp(const oci::Seccomp& profile) {
  if (profile.built_in) return formatted("built-in {} {}\n", kBuiltInVersion, join(*profile.built_in, " "));
  std::string text = profile.default_action;
  text.reserve(16 << 10);
  if (profile.default_errno_ret) text += '=' + std::to_string(*profile.default_errno_ret);
  text += formatted("\n{}\n{}\n", join(profile.architectures, " "), join(profile.flags, " "));
  for (const auto& rule : profile.syscalls) describe(rule, text);
  return text;
}

Result<SeccompFilter> cached_seccomp(const oci::Seccomp& profile, const std::string& directory) {
  if (!profile.built_in) TRY(check_seccomp(profile));
  if (directory.empty()) return compile_seccomp(written_out(profile));
  const std::string description = describe_seccomp(profile);
  const std::string path = formatted("{}/{:016x}", directory, hash(description));
  if (auto cached = read_cached(path, description)) return std::move(*cached);
  auto filter = TRY(compile_seccomp(written_out(profile)));
  // A cache that cannot be written costs time, not the container.
  const auto made = os::make_directories(directory, 0700);
  const std::string header = formatted("{} {} {}\n", kFormat, filter.flags, description.size());
  if (made.ok()) (void)os::write_file_atomic(path, header + description + filter.program, 0600).ok();
  return filter;
}

}  // namespace tare::runtime
