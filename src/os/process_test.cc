#include "os/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/file.h"

namespace tare::os {
namespace {

TEST(Process, ReportsHowAChildEnded) {
  const auto exited = spawn({.arguments = {"sh", "-c", "exit 7"}}).value();
  EXPECT_EQ(wait(exited).value().code, 7);
  const auto killed = spawn({.arguments = {"sh", "-c", "kill -9 $$"}}).value();
  EXPECT_EQ(wait(killed).value().shell_code(), 128 + SIGKILL);
}

TEST(Process, NamesTheProgramThatCannotBeExecuted) {
  const auto result = spawn({.arguments = {"/absent/program"}});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().text(), "execute /absent/program: No such file or directory");
}

TEST(Process, PassesDescriptorsByTheirNumberInTheChild) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const auto child = spawn({.arguments = {"sh", "-c", "echo hello >&5"}, .descriptors = {{writer, 5}}}).value();
  writer.reset();
  EXPECT_EQ(read_fd(reader, "pipe").value(), "hello\n");
  EXPECT_EQ(wait(child).value().code, 0);
}

// Ignored signals outlive exec; libc itself neither sets nor resets 32 and 33.
TEST(Process, StartsWithNoSignalIgnored) {
  const uint64_t ignored[4] = {reinterpret_cast<uint64_t>(SIG_IGN), 0, 0, 0};
  const uint64_t standard[4] = {};
  for (const int signal : {33, SIGPIPE}) {
    ASSERT_EQ(::syscall(SYS_rt_sigaction, signal, ignored, nullptr, sizeof(uint64_t)), 0);
  }
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const auto child =
      spawn({.arguments = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, .descriptors = {{writer, 1}}}).value();
  for (const int signal : {33, SIGPIPE}) {
    ASSERT_EQ(::syscall(SYS_rt_sigaction, signal, standard, nullptr, sizeof(uint64_t)), 0);
  }
  writer.reset();
  EXPECT_EQ(read_fd(reader, "pipe").value(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  EXPECT_EQ(wait(child).value().code, 0);
}

}  // namespace
}  // namespace tare::os
