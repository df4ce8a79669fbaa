// Command-line flags as runc reads them: one or two dashes, "--name value" or "--name=value", "-n value". Flags may
// stand after the words too, except where the words are somebody else's command line (exec, ps).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace tare::cmd {

enum class FlagValue { kNone, kText };
enum class FlagOrder { kAnywhere, kBeforeWords };

struct FlagDefinition {
  std::string name;
  std::string letter;  // empty: none
  FlagValue value = FlagValue::kNone;
  std::string help;  // empty: not shown
};

class Flags {
 public:
  static Result<Flags> parse(const std::vector<std::string>& words, const std::vector<FlagDefinition>& definitions,
                             FlagOrder order);

  bool has(const std::string& name) const;  // a flag without a value: whether it is on
  std::string text(const std::string& name, const std::string& fallback = "") const;  // the last one given
  std::vector<std::string> list(const std::string& name) const;
  Result<int64_t> number(const std::string& name, int64_t fallback = 0) const;
  const std::vector<std::string>& rest() const { return rest_; }

 private:
  Result<size_t> take_flag(const std::vector<std::string>& words, size_t at,
                           const std::vector<FlagDefinition>& definitions);

  std::vector<std::pair<std::string, std::string>> given_;
  std::vector<std::string> rest_;
};

}  // namespace tare::cmd
