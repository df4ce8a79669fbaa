#include "build/dockerfile/instruction.h"

#include <algorithm>
#include <array>

namespace tare::build {
namespace {

// How the text after the flags becomes words.
enum class Form { kWhole, kBlanks, kJsonOrWhole, kJsonOrBlanks, kJsonOnly, kNameValues, kNamesOrValues, kHealthcheck };

struct Grammar {
  InstructionKind kind;
  std::string_view name;
  Form form;
  size_t least_words;
  std::string_view flags;  // known ones, separated by blanks; a trailing '?' marks one that takes no value
};

constexpr std::array<Grammar, 18> kGrammar{{
    {InstructionKind::kAdd, "ADD", Form::kJsonOrBlanks, 2, "chown chmod link? checksum keep-git-dir? unpack? exclude"},
    {InstructionKind::kArg, "ARG", Form::kNamesOrValues, 1, ""},
    {InstructionKind::kCmd, "CMD", Form::kJsonOrWhole, 0, ""},
    {InstructionKind::kCopy, "COPY", Form::kJsonOrBlanks, 2, "from chown chmod link? parents? exclude"},
    {InstructionKind::kEntrypoint, "ENTRYPOINT", Form::kJsonOrWhole, 0, ""},
    {InstructionKind::kEnv, "ENV", Form::kNameValues, 1, ""},
    {InstructionKind::kExpose, "EXPOSE", Form::kBlanks, 1, ""},
    {InstructionKind::kFrom, "FROM", Form::kBlanks, 1, "platform"},
    {InstructionKind::kHealthcheck, "HEALTHCHECK", Form::kHealthcheck, 1,
     "interval timeout start-period start-interval retries"},
    {InstructionKind::kLabel, "LABEL", Form::kNameValues, 1, ""},
    {InstructionKind::kMaintainer, "MAINTAINER", Form::kWhole, 1, ""},
    {InstructionKind::kOnBuild, "ONBUILD", Form::kWhole, 1, ""},
    {InstructionKind::kRun, "RUN", Form::kJsonOrWhole, 1, "mount network security device"},
    {InstructionKind::kShell, "SHELL", Form::kJsonOnly, 1, ""},
    {InstructionKind::kStopSignal, "STOPSIGNAL", Form::kWhole, 1, ""},
    {InstructionKind::kUser, "USER", Form::kWhole, 1, ""},
    {InstructionKind::kVolume, "VOLUME", Form::kJsonOrBlanks, 1, ""},
    {InstructionKind::kWorkdir, "WORKDIR", Form::kWhole, 1, ""},
}};

std::string to_upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

Result<const Grammar*> find_grammar(std::string_view written) {
  const auto name = to_upper(written);
  std::vector<std::string> names;
  for (const auto& grammar : kGrammar) {
    if (grammar.name == name) return &grammar;
    names.emplace_back(grammar.name);
  }
  const auto near = nearest(name, names);
  return Failure(ErrorKind::kInvalidArgument, "unknown instruction: {}{}", written,
                 near ? formatted(" (did you mean {}?)", *near) : "");
}

Result<void> check_flags(const Instruction& instruction, const Grammar& grammar) {
  std::vector<std::string> names;
  for (const auto& known : split_blanks(grammar.flags)) {
    names.push_back(known.ends_with('?') ? known.substr(0, known.size() - 1) : known);
  }
  for (const auto& flag : instruction.flags) {
    const auto found = std::find(names.begin(), names.end(), flag.name);
    if (found == names.end()) {
      const auto near = nearest(flag.name, names);
      return Failure(ErrorKind::kInvalidArgument, "{}: unknown flag: --{}{}", grammar.name, flag.name,
                     near ? formatted(" (did you mean --{}?)", *near) : "");
    }
    if (!flag.has_value && grammar.flags.find(flag.name + "?") == std::string_view::npos) {
      return Failure(ErrorKind::kInvalidArgument, "{}: missing a value on flag: --{}", grammar.name, flag.name);
    }
    const bool repeats = flag.name == "mount" || flag.name == "exclude" || flag.name == "device";
    const auto same = [&](const Flag& other) { return other.name == flag.name; };
    if (!repeats && std::count_if(instruction.flags.begin(), instruction.flags.end(), same) > 1) {
      return Failure(ErrorKind::kInvalidArgument, "{}: duplicate flag specified: --{}", grammar.name, flag.name);
    }
  }
  return {};
}

std::vector<std::string> whole(std::string_view rest) {
  return rest.empty() ? std::vector<std::string>() : std::vector{std::string(rest)};
}

// HEALTHCHECK NONE, HEALTHCHECK CMD command, HEALTHCHECK CMD ["program", …]: the words begin with NONE or CMD.
void split_healthcheck(Instruction& instruction) {
  const std::string_view rest = instruction.rest;
  const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  if (end == 0) return;
  instruction.words.push_back(to_upper(rest.substr(0, end)));
  const auto command = trim(rest.substr(end));
  if (auto words = parse_exec_form(command)) {
    instruction.exec_form = true;
    instruction.words.insert(instruction.words.end(), words->begin(), words->end());
  } else if (!command.empty()) {
    instruction.words.emplace_back(command);
  }
}

Result<void> split_words(Instruction& instruction, const Grammar& grammar, char escape) {
  switch (grammar.form) {
    case Form::kWhole:
      instruction.words = whole(instruction.rest);
      return {};
    case Form::kBlanks:
      instruction.words = split_blanks(instruction.rest);
      return {};
    case Form::kNamesOrValues:
      instruction.words = split_quoted(instruction.rest, escape);
      return {};
    case Form::kHealthcheck:
      split_healthcheck(instruction);
      return {};
    case Form::kNameValues:
      instruction.pairs = TRY(parse_name_values(instruction.rest, escape, grammar.name));
      return {};
    case Form::kJsonOnly:
    case Form::kJsonOrWhole:
    case Form::kJsonOrBlanks:
      break;
  }
  if (auto words = parse_exec_form(instruction.rest)) {
    instruction.exec_form = true;
    instruction.words = std::move(*words);
    return {};
  }
  if (grammar.form == Form::kJsonOnly) {
    return Failure(ErrorKind::kInvalidArgument, "{} requires the arguments to be in JSON form", grammar.name)
        .with_hint("for example SHELL [\"/bin/bash\", \"-c\"], with double quotes");
  }
  instruction.words = grammar.form == Form::kJsonOrWhole ? whole(instruction.rest) : split_blanks(instruction.rest);
  return {};
}

}  // namespace

std::string_view to_string(InstructionKind kind) {
  for (const auto& grammar : kGrammar) {
    if (grammar.kind == kind) return grammar.name;
  }
  return "";
}

std::optional<std::string> Instruction::flag(std::string_view name) const {
  for (const auto& flag : flags) {
    if (flag.name == name) return flag.has_value ? flag.value : "true";
  }
  return std::nullopt;
}

Result<Instruction> parse_instruction(const LogicalLine& line, char escape) {
  std::string_view text = line.text;
  const auto written = text.substr(0, text.find_first_of(" \t\v\f"));
  const Grammar* grammar = TRY(find_grammar(written));
  text.remove_prefix(written.size());

  Instruction instruction;
  instruction.kind = grammar->kind;
  instruction.line = line.line;
  instruction.text = line.text;
  instruction.heredocs = line.heredocs;
  text = trim(text);
  // CMD and SHELL know no flags: `CMD --help` is a command.
  if (!grammar->flags.empty()) instruction.flags = take_flags(text, escape);
  TRY(check_flags(instruction, *grammar));
  instruction.rest = std::string(text);
  TRY(split_words(instruction, *grammar, escape));
  if (instruction.pairs.empty() && instruction.words.size() < grammar->least_words) {
    return Failure(ErrorKind::kInvalidArgument, "{} requires at least {} argument{}", grammar->name,
                   grammar->least_words, grammar->least_words == 1 ? "" : "s");
  }
  return instruction;
}

}  // namespace tare::build
