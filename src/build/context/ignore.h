// .dockerignore: which paths of a context do not exist for the build, as BuildKit decides it. The last pattern that
// matches a path, or a folder that it is in, wins; `!` takes an exclusion back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/context/glob.h"

namespace tare::build {

class IgnoreRules {
 public:
  IgnoreRules() = default;  // ignores nothing
  // `name` is the file's, for messages, which name the line.
  static Result<IgnoreRules> parse(const std::string& name, std::string_view text);
  static Result<IgnoreRules> from_patterns(const std::vector<std::string>& patterns);  // COPY --exclude

  bool empty() const { return rules_.empty(); }
  // `path` is relative to the context, without "./".
  bool ignores(std::string_view path) const;
  // Whether nothing below an ignored folder can be taken back, so that it need not be read.
  bool prunes(std::string_view folder) const { return !has_negation_ && ignores(folder); }

 private:
  struct Rule {
    Glob glob;
    bool negated;
  };
  Result<void> add(std::string_view pattern);
  std::vector<Rule> rules_;
  bool has_negation_ = false;
};

// A path without ".", "..", doubled and trailing slashes, as Go's path.Clean makes it; "" becomes ".".
std::string clean_path(std::string_view path);

}  // namespace tare::build
