#include "build/execute/run_plan.h"

#include <algorithm>

#include "build/graph/configure.h"
#include "runtime/defaults.h"

namespace tare::build {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kScriptDirectory = "/dev/pipes/";

Result<NetworkMode> read_network(const Instruction& instruction, NetworkMode fallback) {
  const auto flag = instruction.flag("network");
  if (!flag || *flag == "default") return fallback;
  if (*flag == "none") return NetworkMode::kNone;
  if (*flag == "host") return NetworkMode::kHost;
  return Failure(ErrorKind::kInvalidArgument, "RUN --network={}: must be default, none or host", *flag);
}

Result<void> refuse_unsupported(const Instruction& instruction) {
  if (instruction.flag("device")) return Error(ErrorKind::kUnsupported, "RUN --device is not supported");
  const auto security = instruction.flag("security");
  if (!security || *security == "sandbox") return {};
  return Failure(ErrorKind::kUnsupported, "RUN --security={} is not supported", *security);
}

bool is_heredoc_alone(const Instruction& instruction) {
  return instruction.heredocs.size() == 1 && parse_heredoc_word(instruction.rest).has_value();
}

// A heredoc alone is the script; others are left to the shell, which gets them back behind the command.
void plan_command(RunPlan& plan, const Instruction& instruction, const oci::ProcessDefaults& config) {
  if (instruction.heredocs.empty()) {
    plan.arguments = command_of(instruction, config);
    return;
  }
  Instruction command = instruction;
  command.exec_form = false;
  if (!is_heredoc_alone(instruction)) {
    command.words = {instruction.rest};
    for (const auto& heredoc : instruction.heredocs) {
      command.words[0] += "\n" + heredoc.content + heredoc.name;
    }
  } else if (instruction.heredocs[0].content.starts_with("#!")) {
    plan.script = instruction.heredocs[0].content;
    plan.arguments = {std::string(kScriptDirectory) + instruction.heredocs[0].name};
    return;
  } else {
    command.words = {instruction.heredocs[0].content};
  }
  plan.arguments = command_of(command, config);
}

// What the kernel refuses there: cgroup mounts, groups that are not mapped, sysfs of a network that is not ours.
void adapt_to_user_namespace(oci::RuntimeSpec& spec, NetworkMode network) {
  std::erase_if(spec.mounts, [](const oci::Mount& mount) { return mount.type == "cgroup"; });
  for (auto& mount : spec.mounts) {
    std::erase_if(mount.options, [](const std::string& option) { return option.starts_with("gid="); });
    if (mount.type != "sysfs" || network != NetworkMode::kHost) continue;
    mount = {.destination = "/sys",
             .type = "bind",
             .source = "/sys",
             .options = {"rbind", "rprivate", "nosuid", "noexec", "nodev", "ro"}};
  }
  spec.linux_section.resources.devices.clear();
  spec.process->oom_score_adj.reset();
}

void erase_network_namespace(oci::RuntimeSpec& spec) {
  std::erase_if(spec.linux_section.namespaces,
                [](const oci::Namespace& entry) { return entry.type == oci::NamespaceType::kNetwork; });
}

}  // namespace

Result<RunPlan> plan_run(const Instruction& instruction, const StageState& state, const BuildArguments& given,
                         NetworkMode network) {
  TRY(refuse_unsupported(instruction));
  const auto& config = state.config.config;
  RunPlan plan;
  plan.network = TRY(read_network(instruction, network));
  plan_command(plan, instruction, config);
  if (plan.arguments.empty()) return Error(ErrorKind::kInvalidArgument, "RUN needs a command");
  plan.directory = config.working_dir.empty() ? "/" : config.working_dir;
  plan.environment = config.env;
  const auto arguments = state.scope.visible(config.env);
  std::string shown;
  size_t count = 0;
  for (const auto& argument : arguments) {
    plan.environment.push_back(argument);
    if (is_proxy_argument(argument.substr(0, argument.find('=')))) continue;
    shown += " " + argument;
    ++count;
  }
  for (const auto& [name, value] : given) {
    if (is_proxy_argument(name) && !find_variable(plan.environment, name)) set_variable(plan.environment, name, value);
  }
  if (!find_variable(plan.environment, "PATH")) set_variable(plan.environment, "PATH", std::string(kDefaultPath));
  const auto prefix = count == 0 ? "" : formatted("|{}{} ", count, shown);
  plan.created_by = formatted("RUN {}{} # buildkit", prefix, join(plan.arguments, " "));
  return plan;
}

oci::RuntimeSpec plan_run_spec(const RunPlan& plan, const RunFacts& facts) {
  auto spec = runtime::default_spec();
  if (!spec.process) spec.process.emplace();
  auto& process = *spec.process;
  process.args = plan.arguments;
  process.env = plan.environment;
  if (!find_variable(process.env, "HOME")) set_variable(process.env, "HOME", facts.user.home);
  process.cwd = plan.directory;
  process.user.uid = facts.user.uid;
  process.user.gid = facts.user.gid;
  process.user.additional_gids = facts.user.additional_gids;
  spec.root = oci::Root{};
  spec.hostname = "build";
  spec.linux_section.cgroups_path.clear();
  if (facts.network == NetworkMode::kHost) erase_network_namespace(spec);
  if (facts.in_user_namespace) adapt_to_user_namespace(spec, facts.network);
  return spec;
}

}  // namespace tare::build
