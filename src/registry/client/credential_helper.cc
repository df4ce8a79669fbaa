#include "registry/client/credential_helper.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "os/error.h"
#include "os/file.h"
#include "os/process.h"
#include "registry/client/docker_config_json.h"

namespace tare::registry {
namespace {

constexpr size_t kAnswerLimit = size_t{1} << 20;

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
  static Result<Pipe> create() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return os::last_error("create", "a pipe");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  }
};

struct Answer {
  bool ok = false;
  std::string text;
};

Result<std::string> program_of(const std::string& name) {
  if (!name.empty() && name.find('/') == std::string::npos) return formatted("docker-credential-{}", name);
  return Failure(ErrorKind::kInvalidArgument, "invalid name of a credential helper: {}", name);
}

// The request is small (less than a pipe holds), so it can be written before anything is read.
Result<Answer> run(const std::string& name, const std::string& verb, const std::string& request) {
  const std::string program = TRY(program_of(name));
  auto input = TRY(Pipe::create());
  auto output = TRY(Pipe::create());
  const auto child = TRY(os::spawn({.arguments = {program, verb},
                                    .descriptors = {{.from = input.reader, .as = 0}, {.from = output.writer, .as = 1}}})
                             .context("ask for credentials"));
  input.reader.reset();
  output.writer.reset();
  // A helper that ends without reading is judged by its exit code.
  static_cast<void>(os::write_all(input.writer, request, program));
  input.writer.reset();
  auto text = os::read_fd(output.reader, program, kAnswerLimit);
  const auto status = TRY(os::wait(child));
  return Answer{status.shell_code() == 0, std::string(trim(TRY(std::move(text))))};
}

// All helpers say it in these words; there is no code for it.
bool says_not_found(const Answer& answer) { return answer.text.find("credentials not found") != std::string::npos; }

Error failure(const std::string& name, const std::string& verb, const Answer& answer) {
  return Failure(ErrorKind::kUnauthenticated, "docker-credential-{} {} failed: {}", name, verb, answer.text)
      .with_hint("see credsStore and credHelpers in Docker's config.json");
}

}  // namespace

Result<std::optional<Credentials>> ask_helper(const std::string& name, const std::string& server) {
  const Answer answer = TRY(run(name, "get", server));
  if (says_not_found(answer)) return std::optional<Credentials>();
  if (!answer.ok) return failure(name, "get", answer);
  auto credentials = TRY(parse_helper_answer(answer.text).context(formatted("docker-credential-{} get", name)));
  return std::optional(std::move(credentials));
}

Result<void> tell_helper(const std::string& name, const std::string& server, const Credentials& credentials) {
  const Answer answer = TRY(run(name, "store", helper_request(server, credentials)));
  if (!answer.ok) return failure(name, "store", answer);
  return {};
}

Result<bool> erase_from_helper(const std::string& name, const std::string& server) {
  const Answer answer = TRY(run(name, "erase", server));
  if (says_not_found(answer)) return false;
  if (!answer.ok) return failure(name, "erase", answer);
  return true;
}

}  // namespace tare::registry
