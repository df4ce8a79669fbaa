#include "build/graph/plan.h"

#include <algorithm>
#include <set>

namespace tare::build {
namespace {

Result<size_t> find_target(const Dockerfile& dockerfile, const std::string& target) {
  if (target.empty()) return dockerfile.stages.size() - 1;
  if (const auto found = dockerfile.find_stage(target, dockerfile.stages.size())) return *found;
  std::vector<std::string> names;
  for (const auto& stage : dockerfile.stages) {
    if (!stage.name.empty()) names.push_back(stage.name);
  }
  const auto near = nearest(target, names);
  return Failure(ErrorKind::kNotFound, "target stage \"{}\" could not be found in {}{}", target,
                 dockerfile.source.name(), near ? formatted(" (did you mean {}?)", *near) : "");
}

Result<void> check_platform(const Stage& stage, const GlobalScope& scope, char escape, const oci::Platform& platform) {
  const auto flag = stage.from.flag("platform");
  if (!flag) return {};
  const auto text = TRY(expand_word(*flag, scope.lookup(), escape));
  if (text.empty()) return {};
  const auto wanted = TRY(oci::Platform::parse(text));
  if (wanted == platform) return {};
  return Failure(ErrorKind::kUnsupported, "FROM --platform={}: only the host's platform {} can be built", text,
                 platform.string());
}

Result<PlannedStage> plan_stage(const Dockerfile& dockerfile, size_t index, const GlobalScope& scope,
                                const oci::Platform& platform) {
  const auto& stage = dockerfile.stages[index];
  TRY(check_platform(stage, scope, dockerfile.escape, platform));
  PlannedStage planned;
  planned.index = index;
  planned.base = TRY(expand_word(stage.from.words[0], scope.lookup(), dockerfile.escape));
  if (planned.base.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "base name ({}) should not be blank", stage.from.words[0])
        .with_hint("give the argument a value before FROM: ARG NAME=value, or --build-arg NAME=value");
  }
  planned.base_stage = dockerfile.find_stage(planned.base, index);
  std::set<size_t> needs;
  if (planned.base_stage) needs.insert(*planned.base_stage);
  for (const auto& instruction : stage.instructions) {
    for (const auto& source : sources_of(instruction)) {
      if (const auto found = dockerfile.find_stage(source, index)) needs.insert(*found);
    }
  }
  planned.needs.assign(needs.begin(), needs.end());
  return planned;
}

}  // namespace

std::vector<std::string> sources_of(const Instruction& instruction) {
  std::vector<std::string> sources;
  for (const auto& flag : instruction.flags) {
    if (flag.name == "from") sources.push_back(flag.value);
    if (flag.name != "mount") continue;
    for (const auto& option : split(flag.value, ',')) {
      if (option.starts_with("from=")) sources.push_back(option.substr(5));
    }
  }
  return sources;
}

Result<StagePlan> plan_stages(const Dockerfile& dockerfile, const GlobalScope& scope, const std::string& target,
                              const oci::Platform& platform) {
  StagePlan plan;
  std::set<size_t> wanted{TRY(find_target(dockerfile, target))};
  // Stages need only earlier ones, so that going down finds each after all that need it.
  for (size_t index = *wanted.begin() + 1; index-- > 0;) {
    if (!wanted.contains(index)) continue;
    auto planned = plan_stage(dockerfile, index, scope, platform);
    if (!planned.ok()) {
      return dockerfile.source.located(dockerfile.stages[index].from.line, std::move(planned).error());
    }
    wanted.insert(planned->needs.begin(), planned->needs.end());
    plan.stages.push_back(std::move(planned).value());
  }
  std::reverse(plan.stages.begin(), plan.stages.end());
  return plan;
}

}  // namespace tare::build
