#include "cmd/tare-image/prompt.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "base/scope_guard.h"
#include "os/file.h"

namespace tare::image {
namespace {

constexpr size_t kSecretLimit = size_t{64} << 10;

Result<std::string> read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) return Failure(ErrorKind::kCancelled, "no answer: standard input has ended");
  return line;
}

}  // namespace

bool stdin_is_terminal() { return ::isatty(STDIN_FILENO) == 1; }

Result<std::string> read_secret_from_stdin() {
  std::string text = TRY(os::read_fd(BorrowedFd(STDIN_FILENO), "standard input", kSecretLimit));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::string> ask(const std::string& question, Echo echo) {
  std::cout << question << std::flush;
  termios settings{};
  if (echo == Echo::kOn || ::tcgetattr(STDIN_FILENO, &settings) != 0) return read_line();
  termios silent = settings;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  const ScopeGuard restore([&] {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings);
    std::cout << std::endl;
  });
  return read_line();
}

}  // namespace tare::image
