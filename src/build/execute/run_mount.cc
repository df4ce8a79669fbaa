#include "build/execute/run_mount.h"

#include <array>
#include <charconv>
#include <limits>

namespace tare::build {
namespace {

Result<RunMount::Type> parse_type(std::string_view text) {
  if (text == "bind") return RunMount::Type::kBind;
  if (text == "cache") return RunMount::Type::kCache;
  if (text == "tmpfs") return RunMount::Type::kTmpfs;
  if (text == "secret") return RunMount::Type::kSecret;
  if (text == "ssh") return Error(ErrorKind::kUnsupported, "RUN --mount=type=ssh is not supported");
  return Failure(ErrorKind::kInvalidArgument, "unsupported mount type \"{}\"", text);
}

Result<RunMount::Sharing> parse_sharing(std::string_view text) {
  if (text == "shared") return RunMount::Sharing::kShared;
  if (text == "private") return RunMount::Sharing::kPrivate;
  if (text == "locked") return RunMount::Sharing::kLocked;
  return Failure(ErrorKind::kInvalidArgument, "unsupported sharing value \"{}\"", text);
}

Result<bool> parse_boolean(std::string_view key, std::string_view text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return Failure(ErrorKind::kInvalidArgument, "invalid value for {}: {}", key, text);
}

Result<uint32_t> parse_id(std::string_view key, std::string_view text) {
  const auto number = parse_unsigned(text);
  if (number && *number <= std::numeric_limits<int32_t>::max()) return static_cast<uint32_t>(*number);
  return Failure(ErrorKind::kInvalidArgument, "invalid value for {}: {}", key, text);
}

Result<void> set_option(RunMount& mount, const std::string& key, const std::string& value) {
  if (key == "target" || key == "dst" || key == "destination")
    mount.target = value;
  else if (key == "source" || key == "src")
    mount.source = value;
  else if (key == "from")
    mount.from = value;
  else if (key == "id")
    mount.id = value;
  else if (key == "env")
    mount.environment = value;
  else if (key == "ro" || key == "readonly")
    mount.read_only = TRY(parse_boolean(key, value));
  else if (key == "rw" || key == "readwrite")
    mount.read_only = !TRY(parse_boolean(key, value));
  else if (key == "required")
    mount.required = TRY(parse_boolean(key, value));
  else if (key == "sharing")
    mount.sharing = TRY(parse_sharing(value));
  else if (key == "uid")
    mount.uid = TRY(parse_id(key, value));
  else if (key == "gid")
    mount.gid = TRY(parse_id(key, value));
  else if (key == "mode")
    mount.mode = TRY(parse_mode(value));
  else if (key == "size") {
    const auto size = parse_size(value);
    if (!size) return Failure(ErrorKind::kInvalidArgument, "invalid value for size: {}", value);
    mount.size = *size;
  } else {
    return Failure(ErrorKind::kInvalidArgument, "unexpected key '{}' in --mount", key);
  }
  return {};
}

Result<void> check(RunMount& mount) {
  if (mount.type == RunMount::Type::kSecret) {
    if (mount.id.empty()) mount.id = mount.target.substr(mount.target.find_last_of('/') + 1);
    if (mount.id.empty()) return Error(ErrorKind::kInvalidArgument, "--mount=type=secret needs an id");
    if (mount.target.empty() && mount.environment.empty()) mount.target = "/run/secrets/" + mount.id;
    return {};
  }
  if (mount.target.empty()) return Error(ErrorKind::kInvalidArgument, "--mount needs a target");
  if (mount.type == RunMount::Type::kCache && (!mount.from.empty() || !mount.source.empty())) {
    return Error(ErrorKind::kUnsupported, "--mount=type=cache with from or source is not supported");
  }
  if (mount.type == RunMount::Type::kCache && mount.id.empty()) mount.id = mount.target;
  return {};
}

}  // namespace

Result<mode_t> parse_mode(std::string_view text) {
  unsigned mode = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (!text.empty() && failure == std::errc() && end == text.data() + text.size() && mode <= 07777) return mode;
  return Failure(ErrorKind::kInvalidArgument, "invalid mode {}: only octal modes are supported", text)
      .with_hint("for example 755 or 0644");
}

Result<RunMount> parse_run_mount(std::string_view text) {
  RunMount mount;
  const auto options = split(text, ',');
  // The type first: the default of read-only depends on it.
  for (const auto& option : options) {
    if (option.starts_with("type=")) mount.type = TRY(parse_type(option.substr(5)));
  }
  mount.read_only = mount.type == RunMount::Type::kBind;
  for (const auto& option : options) {
    const auto parts = cut(option, '=');
    const auto key = to_lower(parts ? parts->first : option);
    if (key != "type") TRY(set_option(mount, key, std::string(parts ? parts->second : "")));
  }
  TRY(check(mount));
  return mount;
}

}  // namespace tare::build
