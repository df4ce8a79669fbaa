// One instruction as it was written: its words apart, nothing expanded yet.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/dockerfile/lines.h"
#include "build/dockerfile/words.h"

namespace tare::build {

enum class InstructionKind {
  kAdd,
  kArg,
  kCmd,
  kCopy,
  kEntrypoint,
  kEnv,
  kExpose,
  kFrom,
  kHealthcheck,
  kLabel,
  kMaintainer,
  kOnBuild,
  kRun,
  kShell,
  kStopSignal,
  kUser,
  kVolume,
  kWorkdir,
};

std::string_view to_string(InstructionKind kind);  // "COPY"

struct Instruction {
  InstructionKind kind = InstructionKind::kRun;
  int line = 0;
  std::string text;  // the whole logical line, for progress and messages
  std::vector<Flag> flags;
  std::string rest;  // what follows name and flags
  // The arguments: of the JSON form when exec_form, else split as the instruction's own rules say. RUN, CMD and
  // ENTRYPOINT in shell form, USER, WORKDIR, STOPSIGNAL and MAINTAINER have one.
  std::vector<std::string> words;
  bool exec_form = false;
  std::vector<NameValue> pairs;  // ENV, LABEL
  std::vector<Heredoc> heredocs;

  // The value of a flag given once; nothing when absent. Flags that repeat (--mount) are read from `flags`.
  std::optional<std::string> flag(std::string_view name) const;
};

// Checks the name, the flags that the instruction knows, and the number of its arguments. Errors say nothing about
// the place: the caller locates them.
Result<Instruction> parse_instruction(const LogicalLine& line, char escape);

}  // namespace tare::build
