// checkpoint and restore: refused, by name. Their flags are known, so that what is told is the reason and not a flag.
#include "commands.h"

namespace tare::cmd {
namespace {

std::vector<FlagDefinition> criu_flags() {
  constexpr auto kText = FlagValue::kText;
  constexpr auto kNone = FlagValue::kNone;
  return {{"image-path", "", kText, ""},      {"work-path", "", kText, ""},           {"parent-path", "", kText, ""},
          {"tcp-established", "", kNone, ""}, {"tcp-skip-in-flight", "", kNone, ""},  {"link-remap", "", kNone, ""},
          {"ext-unix-sk", "", kNone, ""},     {"shell-job", "", kNone, ""},           {"lazy-pages", "", kNone, ""},
          {"file-locks", "", kNone, ""},      {"manage-cgroups-mode", "", kText, ""}, {"empty-ns", "", kText, ""},
          {"auto-dedup", "", kNone, ""}};
}

Result<int> refuse(const Invocation& invocation) {
  return Failure(ErrorKind::kUnsupported,
                 "checkpoint and restore are not supported by this runtime: container {} is left as it is",
                 invocation.container())
      .with_hint("use runc with CRIU for containers that have to be checkpointed");
}

}  // namespace

Command checkpoint_command() {
  auto flags = criu_flags();
  for (const char* name : {"leave-running", "pre-dump"}) flags.push_back({name, "", FlagValue::kNone, ""});
  for (const char* name : {"page-server", "status-fd"}) flags.push_back({name, "", FlagValue::kText, ""});
  return {.name = "checkpoint",
          .summary = "refused: this runtime does not save the state of processes",
          .arguments = "<container-id>",
          .flags = std::move(flags),
          .run = refuse};
}

Command restore_command() {
  auto flags = criu_flags();
  for (const char* name : {"bundle", "pid-file", "console-socket", "lsm-profile", "lsm-mount-context"}) {
    flags.push_back({name, std::string_view(name) == "bundle" ? "b" : "", FlagValue::kText, ""});
  }
  flags.push_back({"detach", "d", FlagValue::kNone, ""});
  for (const char* name : {"no-subreaper", "no-pivot"}) flags.push_back({name, "", FlagValue::kNone, ""});
  return {.name = "restore",
          .summary = "refused: this runtime does not save the state of processes",
          .arguments = "<container-id>",
          .flags = std::move(flags),
          .run = refuse};
}

}  // namespace tare::cmd
