#include "cmd/tare-image/local_suite.h"

namespace tare::image {
namespace {

// mmdebstrap splits its --include itself; a word that begins with '-' or holds blanks is meant for somebody else.
Result<void> check_word(std::string_view what, const std::string& word) {
  if (!word.empty() && !word.starts_with('-') && word.find_first_of(" \t\n'\"") == std::string::npos) return {};
  return Failure(ErrorKind::kInvalidArgument, "'{}' is no valid {}", word, what);
}

}  // namespace

std::string suite_of_tag(const std::string& tag) {
  const std::string last = tag.substr(tag.find_last_of('-') + 1);
  return last.empty() || last == "latest" ? "stable" : last;
}

Result<std::vector<std::string>> plan_mmdebstrap(const BootstrapOptions& options, const std::string& tag) {
  const std::string suite = options.suite.empty() ? suite_of_tag(tag) : options.suite;
  TRY(check_word("suite", suite));
  TRY(check_word("variant", options.variant));
  // Package lists and archives are removed by mmdebstrap itself at the end.
  std::vector<std::string> arguments = {"mmdebstrap", "--format=tar", "--variant=" + options.variant};
  for (const auto& packages : options.include) {
    TRY(check_word("list of packages", packages));
    arguments.push_back("--include=" + packages);
  }
  if (options.quiet) arguments.emplace_back("--quiet");
  arguments.push_back(suite);
  arguments.emplace_back("-");  // the archive goes to standard output
  if (!options.mirror.empty()) {
    TRY(check_word("mirror", options.mirror));
    arguments.push_back(options.mirror);
  }
  return arguments;
}

}  // namespace tare::image
