// Command-line flags as runc (Go's flag package) reads them: one or two dashes, "--name value" or "--name=value",
// "-n value", and everything from the first word that is no flag on belongs to the command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace tare::cmd {

struct FlagDefinition {
  std::string name;
  std::string letter;  // empty: none
  bool takes_value = false;
};

class Flags {
 public:
  // Reads flags from the front of `words`.
  static Result<Flags> parse(const std::vector<std::string>& words, const std::vector<FlagDefinition>& definitions);

  bool has(const std::string& name) const;
  std::string text(const std::string& name, const std::string& fallback = "") const;  // the last one given
  std::vector<std::string> list(const std::string& name) const;
  const std::vector<std::string>& rest() const { return rest_; }

 private:
  std::vector<std::pair<std::string, std::string>> given_;
  std::vector<std::string> rest_;
};

}  // namespace tare::cmd
