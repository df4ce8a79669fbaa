#include "cmd/tare/log_options.h"

#include "cmd/tare/option_values.h"

namespace tare::cmd {
namespace {

using engine::ContainerOptions;

Result<void> read_log_option(const std::string& text, supervise::LogOptions& log) {
  const auto parts = cut(text, '=');
  if (parts && parts->first == "max-size") {
    const auto size = parse_size(parts->second);
    if (!size || *size < 1024) return bad_option("--log-opt", text, "max-size is a size of at least 1k");
    log.maximum_file_size = *size;
    return {};
  }
  if (parts && parts->first == "max-file") {
    const auto count = parse_unsigned(parts->second);
    if (!count || *count < 1 || *count > 1000) return bad_option("--log-opt", text, "max-file is 1 to 1000");
    log.maximum_files = static_cast<int>(*count);
    return {};
  }
  return Failure(ErrorKind::kUnsupported, "--log-opt {} is not supported", text).with_hint("max-size and max-file are");
}

}  // namespace

void declare_logging(Arguments& arguments, LogWords& words, ContainerOptions& /*options*/) {
  arguments.text("--log-driver", words.driver, "json-file, local or none");
  arguments.list("--log-opt", words.options, "max-size=SIZE, max-file=N");
}

Result<void> read_logging(const LogWords& words, ContainerOptions& options) {
  if (!words.driver.empty()) options.log_driver = words.driver;
  if (options.log_driver != "json-file" && options.log_driver != "local" && options.log_driver != "none") {
    return Failure(ErrorKind::kUnsupported, "--log-driver {} is not supported yet", options.log_driver)
        .with_hint("json-file, local (both: tare's own files) and none are");
  }
  options.log.keep = options.log_driver != "none";
  for (const auto& text : words.options) TRY(read_log_option(text, options.log));
  return {};
}

}  // namespace tare::cmd
