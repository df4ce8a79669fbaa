#include "runtime/seccomp/compile.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "os/file.h"
#include "os/seccomp.h"
#include "runtime/defaults.h"
#include "runtime/seccomp/newer_calls.h"

namespace tare::runtime {
namespace {

// Runs `body` in a child under the filter; its result, or -1 when it was killed.
int under_filter(const oci::Seccomp& profile, const std::function<int()>& body) {
  const auto filter = compile_seccomp(profile);
  EXPECT_TRUE(filter.ok()) << filter.error().text();
  const pid_t child = ::fork();
  if (child == 0) {
    const bool loaded =
        os::set_no_new_privileges().ok() && os::load_seccomp_filter(filter->program, filter->flags).ok();
    ::syscall(SYS_exit_group, loaded ? body() : 99);  // _exit() would have the sanitizers make calls of their own
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int error_of(long result) { return result < 0 ? errno : 0; }

TEST(DefaultSeccomp, DeniesWhatReachesTheHost) {
  const auto profile = default_seccomp(default_capabilities());
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_keyctl, 0, 0)); }), EPERM);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_unshare, 0x10000000)); }), EPERM);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_bpf, 0, 0, 0)); }), EPERM);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_io_uring_setup, 1, 0)); }), EPERM);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_personality, 0x0040000)); }), EPERM);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_personality, 0x0020006)); }), EPERM);
  for (const long allowed : {0L, 8L, 0x20008L, 0xffffffffL}) {
    EXPECT_EQ(under_filter(profile, [&] { return error_of(::syscall(SYS_personality, allowed)); }), 0) << allowed;
  }
  constexpr long kVirtualMachineSockets = 40;
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_socket, kVirtualMachineSockets, 1, 0)); }), EPERM);
  constexpr long kKernelCiphers = 38;
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_socket, kKernelCiphers, 5, 0)); }), EPERM);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_process_madvise, -1, 0, 0, 0, 0)); }), EPERM);
  constexpr long kNewUserNamespace = 0x10000000;
  EXPECT_EQ(
      under_filter(profile, [] { return error_of(::syscall(SYS_clone, kNewUserNamespace | SIGCHLD, 0, 0, 0, 0)); }),
      EPERM);
}

TEST(DefaultSeccomp, LeavesOrdinaryProgramsAlone) {
  const auto profile = default_seccomp(default_capabilities());
  EXPECT_EQ(under_filter(profile, [] { return error_of(::getppid()); }), 0);
  EXPECT_EQ(under_filter(profile,
                         [] {
                           const pid_t child = ::fork();
                           if (child == 0) ::_exit(0);
                           return ::waitpid(child, nullptr, 0) == child ? 0 : 1;
                         }),
            0);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_socket, 2, 1, 0)); }), 0);
}

TEST(DefaultSeccomp, NewerCallsAreNotImplemented) {
  constexpr long kCallOfTomorrow = 900;
  const auto profile = default_seccomp({});
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(kCallOfTomorrow)); }), ENOSYS);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_clone3, nullptr, 0)); }), ENOSYS);
}

oci::Seccomp old_profile() {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"};
  profile.syscalls = {{{"exit_group", "fork", "clone", "openat2"}, "SCMP_ACT_ALLOW", {}, {}}};
  return profile;
}

TEST(OldProfiles, CallsThatAreNewerAreNotImplemented) {
  constexpr long kCallOfTomorrow = 900;
  auto profile = old_profile();
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(kCallOfTomorrow)); }), ENOSYS);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_openat2 + 1, -1, 0)); }), ENOSYS);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_getppid)); }), EPERM);
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_openat2, -1, "", nullptr, 0)); }), EINVAL);
#ifdef __x86_64__
  constexpr long kX32 = 1L << 30;
  EXPECT_NE(under_filter(profile, [] { return error_of(::syscall(kX32 + kCallOfTomorrow)); }), ENOSYS);
#endif
  profile.default_action = "SCMP_ACT_KILL_PROCESS";
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(kCallOfTomorrow)); }), ENOSYS);
}

TEST(OldProfiles, TheirOwnNumberIsTheAnswerToWhatTheyKnow) {
  auto profile = old_profile();
  profile.default_errno_ret = ENXIO;
  EXPECT_EQ(under_filter(profile, [] { return error_of(::syscall(SYS_getppid)); }), ENXIO);
  profile.default_errno_ret = ENOSYS;
  EXPECT_EQ(answer_newer_calls(profile), "");
  profile.default_errno_ret.reset();
  profile.default_action = "SCMP_ACT_ALLOW";
  EXPECT_EQ(answer_newer_calls(profile), "");
}

TEST(DefaultSeccomp, ACapabilityLetsItsCallsThrough) {
  EXPECT_EQ(under_filter(default_seccomp({"CAP_SYS_ADMIN"}), [] { return error_of(::syscall(SYS_setns, -1, 0)); }),
            EBADF);
  EXPECT_EQ(under_filter(default_seccomp({}), [] { return error_of(::syscall(SYS_setns, -1, 0)); }), EPERM);
}

TEST(CompileSeccomp, UnknownWordsAreRefusedByName) {
  EXPECT_NE(compile_seccomp({.default_action = "SCMP_ACT_X"}).error().text().find("SCMP_ACT_X"), std::string::npos);
  EXPECT_FALSE(compile_seccomp({.default_action = "SCMP_ACT_ALLOW", .architectures = {"SCMP_ARCH_Z80"}}).ok());
  EXPECT_FALSE(compile_seccomp({.default_action = "SCMP_ACT_ALLOW", .flags = {"X"}}).ok());
  EXPECT_FALSE(compile_seccomp({.default_action = "SCMP_ACT_ALLOW",
                                .syscalls = {{{"read"}, "SCMP_ACT_ERRNO", {}, {{0, 1, 0, "SCMP_CMP_X"}}}}})
                   .ok());
}

TEST(CachedSeccomp, GivesTheSameFilterAndSurvivesADamagedFile) {
  const std::string directory = *os::make_temporary_directory(::testing::TempDir(), "seccomp");
  const auto profile = default_seccomp({});
  const auto first = cached_seccomp(profile, directory);
  const auto second = cached_seccomp(profile, directory);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->program, second->program);
  EXPECT_EQ(first->flags, second->flags);
  const auto files = *os::list_directory(directory);
  ASSERT_EQ(files.size(), 1u);
  ASSERT_TRUE(os::write_file_atomic(directory + "/" + files[0], "rubbish").ok());
  const auto third = cached_seccomp(profile, directory);
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->program, first->program);
  EXPECT_TRUE(os::remove_tree(directory).ok());
}

TEST(CachedSeccomp, TheBuiltInProfileIsTheDefaultOne) {
  const std::string directory = *os::make_temporary_directory(::testing::TempDir(), "seccomp");
  const auto profile = built_in_seccomp({"CAP_CHOWN", "CAP_SYS_ADMIN"});
  EXPECT_EQ(profile.built_in, std::vector<std::string>{"CAP_SYS_ADMIN"});
  const auto compiled = compile_seccomp(default_seccomp({"CAP_SYS_ADMIN"})).value();
  for (int round = 0; round < 2; ++round) EXPECT_EQ(cached_seccomp(profile, directory)->program, compiled.program);
  EXPECT_NE(cached_seccomp(built_in_seccomp({}), directory)->program, compiled.program);
  EXPECT_EQ(cached_seccomp(built_in_seccomp({}), "")->program, compile_seccomp(default_seccomp({}))->program);
  EXPECT_TRUE(os::remove_tree(directory).ok());
}

#if defined(__x86_64__)
// Compiled filters outlive a program that is updated: whoever changes the default profile changes kBuiltInVersion in
// cache.cc too, and then this number.
TEST(DescribeSeccomp, TheBuiltInProfileHasItsVersion) {
  uint64_t sum = 0;
  for (const auto& capabilities : {std::vector<std::string>(), {"CAP_SYS_ADMIN"}}) {
    for (const char c : describe_seccomp(default_seccomp(capabilities))) sum = sum * 31 + static_cast<unsigned char>(c);
  }
  EXPECT_EQ(sum, 9214215313581209218U);
  EXPECT_TRUE(describe_seccomp(built_in_seccomp({})).starts_with("built-in 1 "));
}
#endif

TEST(DescribeSeccomp, DiffersWhenTheProfileDoes) {
  auto profile = default_seccomp({});
  const std::string before = describe_seccomp(profile);
  profile.syscalls.front().errno_ret = 1;
  EXPECT_NE(describe_seccomp(profile), before);
}

}  // namespace
}  // namespace tare::runtime
