#include "build/dockerfile/dockerfile.h"

#include <algorithm>

namespace tare::build {
namespace {

bool is_stage_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), allowed);
}

// FROM base, or FROM base AS name.
Result<Stage> parse_stage(Instruction from, size_t index) {
  Stage stage;
  stage.index = index;
  const auto& words = from.words;
  if (words.size() == 3 && to_lower(words[1]) == "as") {
    stage.name = to_lower(words[2]);
    if (!is_stage_name(stage.name)) {
      return Failure(ErrorKind::kInvalidArgument,
                     "invalid name for build stage: \"{}\": it must begin with a letter and have only letters, digits, "
                     "'-', '_' and '.'",
                     words[2]);
    }
  } else if (words.size() != 1) {
    return Error(ErrorKind::kInvalidArgument, "FROM requires either one or three arguments");
  }
  stage.from = std::move(from);
  return stage;
}

Result<void> add_instruction(Dockerfile& dockerfile, Instruction instruction) {
  if (instruction.kind == InstructionKind::kFrom) {
    dockerfile.stages.push_back(TRY(parse_stage(std::move(instruction), dockerfile.stages.size())));
    return {};
  }
  if (!dockerfile.stages.empty()) {
    dockerfile.stages.back().instructions.push_back(std::move(instruction));
    return {};
  }
  if (instruction.kind != InstructionKind::kArg) {
    return Failure(ErrorKind::kInvalidArgument, "no build stage in current context: {} stands before the first FROM",
                   to_string(instruction.kind));
  }
  dockerfile.global_args.push_back(std::move(instruction));
  return {};
}

}  // namespace

std::optional<size_t> Dockerfile::find_stage(std::string_view name_or_number, size_t before) const {
  before = std::min(before, stages.size());
  const auto name = to_lower(name_or_number);
  // Two stages of one name: the later one is meant.
  for (size_t index = before; index-- > 0;) {
    if (!name.empty() && stages[index].name == name) return index;
  }
  const auto number = parse_unsigned(name_or_number);
  if (number && *number < before) return static_cast<size_t>(*number);
  return std::nullopt;
}

Result<Dockerfile> parse_dockerfile(const std::string& name, std::string_view text) {
  Dockerfile dockerfile{DockerfileSource(name, text)};
  const auto logical = TRY(read_logical_lines(dockerfile.source));
  dockerfile.escape = logical.escape;
  for (const auto& line : logical.lines) {
    auto instruction = parse_instruction(line, logical.escape);
    if (!instruction.ok()) return dockerfile.source.located(line.line, std::move(instruction).error());
    auto added = add_instruction(dockerfile, std::move(instruction).value());
    if (!added.ok()) return dockerfile.source.located(line.line, std::move(added).error());
  }
  if (dockerfile.stages.empty()) {
    return Failure(ErrorKind::kInvalidArgument, "{}: the Dockerfile has no FROM", name)
        .with_hint("begin it with FROM and a base image, or FROM scratch");
  }
  return dockerfile;
}

}  // namespace tare::build
