// A whole Dockerfile: the ARGs before the first FROM, and the stages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/dockerfile/instruction.h"
#include "build/dockerfile/source.h"

namespace tare::build {

struct Stage {
  size_t index = 0;
  std::string name;  // lower case; empty without AS
  Instruction from;
  std::vector<Instruction> instructions;  // without FROM
};

struct Dockerfile {
  DockerfileSource source;
  char escape = '\\';
  std::vector<Instruction> global_args;
  std::vector<Stage> stages;

  // By name (any case) or number, among the stages before `before`; nothing when it must be an image.
  std::optional<size_t> find_stage(std::string_view name_or_number, size_t before) const;
};

Result<Dockerfile> parse_dockerfile(const std::string& name, std::string_view text);

}  // namespace tare::build
