// The first process of a container with --init: starts the command, passes every signal on to it, reaps whatever is
// orphaned, and ends as the command ended. Bound into containers, so it is static, uses nothing of tare's and opens no
// file. A signal that kills the command becomes 128 + its number, as in a shell: the kernel lets no first process of a
// pid namespace die of one of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace {

constexpr int kUsageFailed = 125;
constexpr int kNotExecutable = 126;
constexpr int kNoExecutable = 127;

int failed(const char* operation, const char* object, int code) {
  const char* const reason = std::strerror(errno);
  ::dprintf(STDERR_FILENO, "tare-init: %s %s: %s\n", operation, object, reason);
  return code;
}

// A group of its own in the foreground, so that the keys of a terminal reach the command and not us, and a shell there
// can control its jobs. Signals are still blocked: SIGTTOU would stop us here. What fails is no terminal of ours.
[[noreturn]] void become_command(char** words, const sigset_t& inherited_mask) {
  ::setpgid(0, 0);
  ::tcsetpgrp(STDIN_FILENO, ::getpid());
  ::sigprocmask(SIG_SETMASK, &inherited_mask, nullptr);
  ::execvp(words[0], words);
  ::_exit(failed("exec", words[0], errno == ENOENT ? kNoExecutable : kNotExecutable));
}

int exit_code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

// True with `code` set when the command was among the dead.
bool reap(pid_t command, int& code) {
  bool ended = false;
  int status = 0;
  for (pid_t dead = 0; (dead = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (dead != command) continue;
    ended = true;
    code = exit_code_of(status);
  }
  return ended;
}

// Blocked signals wait to be taken, also those that a first process would else never see.
int attend(pid_t command, const sigset_t& all) {
  int code = 0;
  for (;;) {
    const int signal = ::sigwaitinfo(&all, nullptr);
    if (signal > 0 && signal != SIGCHLD) ::kill(command, signal);
    if (signal == SIGCHLD && reap(command, code)) return code;
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 3 || std::strcmp(words[1], "--") != 0) {
    ::dprintf(STDERR_FILENO, "usage: tare-init -- COMMAND [ARG...]\n");
    return kUsageFailed;
  }
  sigset_t all;
  sigset_t inherited_mask;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &inherited_mask);
  const pid_t command = ::fork();
  if (command < 0) return failed("fork for", words[2], kUsageFailed);
  if (command == 0) become_command(words + 2, inherited_mask);
  return attend(command, all);
}
