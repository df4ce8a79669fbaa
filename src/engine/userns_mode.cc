#include "engine/userns_mode.h"

namespace tare::engine {
namespace {

constexpr uint64_t kLargestRange = uint64_t{1} << 30;

Error refused(std::string_view what, std::string_view hint) {
  return Error(ErrorKind::kInvalidArgument, std::string(what)).with_hint(hint);
}

bool is_shared(const std::string& mode) { return mode == "host" || mode.starts_with("container:"); }

}  // namespace

Result<UsernsMode> parse_userns_mode(const std::string& text) {
  UsernsMode mode;
  if (text.empty() || text == "host") return mode;
  mode.automatic = true;
  if (text == "auto") return mode;
  constexpr std::string_view kSize = "auto:size=";
  const auto size = text.starts_with(kSize) ? parse_unsigned(text.substr(kSize.size())) : std::nullopt;
  if (!size || *size == 0 || *size > kLargestRange) {
    return Failure(ErrorKind::kInvalidArgument, "invalid argument \"{}\" for --userns: unknown mode", text)
        .with_hint("host, auto and auto:size=N (1 to 1073741824 ids) are known");
  }
  mode.size = static_cast<uint32_t>(*size);
  return mode;
}

Result<void> check_userns(const ContainerOptions& options) {
  const auto mode = TRY(parse_userns_mode(options.userns_mode));
  if (!mode.automatic) return {};
  constexpr std::string_view kOtherwise = "run the container with --userns=host";
  if (options.privileged) return refused("privileged mode is incompatible with user namespaces", kOtherwise);
  if (is_shared(options.pid_mode)) {
    return refused("cannot share the PID namespace of others when user namespaces are enabled", kOtherwise);
  }
  if (is_shared(options.ipc_mode)) {
    return refused("cannot share the IPC namespace of others when user namespaces are enabled", kOtherwise);
  }
  return {};
}

}  // namespace tare::engine
