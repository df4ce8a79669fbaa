// Whole lives of containers: the real program, the real runtime, a root file system of one static busybox.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "logs/reader.h"
#include "os/cgroup.h"
#include "os/file.h"
#include "os/paths.h"
#include "os/process.h"
#include "os/transfer.h"
#include "runtime/defaults.h"
#include "supervise/client.h"
#include "supervise/protocol.h"
#include "supervise/remains.h"

namespace tare::supervise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kBusybox = "/bin/busybox";

struct Seen {
  std::string output;
  std::string error;
  State state;
};

class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "making containers needs root";
    if (!os::exists(kBusybox)) GTEST_SKIP() << "needs /bin/busybox of the package busybox-static";
    auto program = os::find_own_program("tare-supervisor");
    if (!program) GTEST_SKIP() << "tare-supervisor is not built";
    program_ = *program;
    directory_ = os::make_temporary_directory("/tmp", "tare-supervise-").value();
    const auto binaries = directory_ + "/rootfs/bin";
    ASSERT_TRUE(os::make_directories(binaries));
    std::filesystem::copy_file(kBusybox, binaries + "/busybox");
    ::symlink("busybox", (binaries + "/sh").c_str());
    config_.container_id = std::filesystem::path(directory_).filename();
    config_.data_directory = directory_;
    config_.run_directory = directory_ + "/run";
    config_.cgroup_path = "/tare-test/" + config_.container_id;
  }

  void TearDown() override {
    if (directory_.empty()) return;
    if (auto client = Client::connect(config_.run_directory)) (void)client->stop(SIGKILL, 0);
    EXPECT_TRUE(wait_for_end());
    ::umount2((directory_ + "/log").c_str(), MNT_DETACH);
    const auto cgroup = os::Cgroup::find(config_.cgroup_path).value();
    EXPECT_FALSE(cgroup.exists());
    const auto parent = os::Cgroup::find("/tare-test").value();
    for (const auto& directory : parent.directories()) ::rmdir(directory.c_str());  // when no other test is running
    (void)os::remove_tree(directory_);
  }

  // The lock is free when the supervisor is gone; without its directory there was none.
  bool wait_for_end() {
    if (!os::exists(config_.run_directory)) return true;
    return os::FileLock::acquire(config_.run_directory + "/lock", os::FileLock::Mode::kShared).ok();
  }

  void write_bundle(const std::vector<std::string>& arguments) {
    auto spec = runtime::default_spec();
    spec.root = oci::Root{.path = directory_ + "/rootfs"};
    spec.process->args = arguments;
    spec.process->terminal = config_.terminal;
    spec.linux_section.cgroups_path = config_.cgroup_path;
    if (memory_limit_ > 0) spec.linux_section.resources.memory.limit = memory_limit_;
    ASSERT_TRUE(os::write_file_atomic(directory_ + "/config.json", spec.to_json()));
  }

  Result<StartedSupervisor> start_program(const std::vector<std::string>& arguments, bool attach = true) {
    write_bundle(arguments);
    return start(Standby::begin(program_, "/tmp"), config_, {}, attach);
  }
  StartedSupervisor start_shell(const std::string& script, bool attach = true) {
    auto started = start_program({"/bin/sh", "-c", script}, attach);
    EXPECT_TRUE(started) << started.error().text();
    return started ? std::move(started).value() : StartedSupervisor();
  }

  // Reads frames up to the exit frame.
  static Seen see(const Attachment& attachment) {
    Seen seen;
    os::FdSource source(attachment.socket, "attachment");
    while (true) {
      std::string head = take(source, kFrameHeadSize);
      if (head.size() < kFrameHeadSize) return seen;
      const auto frame = parse_frame_head(head).value();
      const auto payload = take(source, frame.size);
      if (frame.stream == FrameStream::kOutput) seen.output += payload;
      if (frame.stream == FrameStream::kError) seen.error += payload;
      if (frame.stream == FrameStream::kExit) seen.state = State::parse(payload).value();
    }
  }
  static std::string take(os::FdSource& source, size_t size) {
    std::string bytes(size, '\0');
    size_t got = 0;
    while (got < size) {
      const auto count = source.read(std::as_writable_bytes(std::span(bytes).subspan(got)));
      if (!count || *count == 0) break;
      got += *count;
    }
    bytes.resize(got);
    return bytes;
  }
  Seen run_shell(const std::string& script) {
    const auto started = start_shell(script);
    return started.attachment ? see(*started.attachment) : Seen();
  }
  State read() { return read_state(config_.data_directory, config_.run_directory).value(); }
  Client client() { return Client::connect(config_.run_directory).value(); }
  // Waits until the log holds a line.
  void await_line(const std::string& line) {
    auto reader = logs::Reader::open(directory_ + "/log", {.follow = true}).value();
    while (reader.next().value()->text != line) {
    }
  }
  std::vector<std::string> log_lines() {
    auto reader = logs::Reader::open(directory_ + "/log", {}).value();
    std::vector<std::string> lines;
    while (const auto entry = reader.next().value()) lines.emplace_back(entry->text);
    return lines;
  }

  std::string program_;
  std::string directory_;
  Config config_;
  int64_t memory_limit_ = 0;
};

TEST_F(SupervisorTest, OutputAndExitCodeReachTheClientAndTheRecord) {
  const auto seen = run_shell("echo out; echo err >&2; exit 42");
  EXPECT_EQ(seen.output, "out\n");
  EXPECT_EQ(seen.error, "err\n");
  EXPECT_EQ(seen.state.exit_code, 42);
  EXPECT_EQ(seen.state.status, Status::kExited);
  EXPECT_EQ(read().exit_code, 42);
  EXPECT_EQ(read().exit_signal, 0);
  EXPECT_FALSE(read().oom_killed);
  EXPECT_THAT(log_lines(), testing::UnorderedElementsAre("out", "err"));
}

TEST_F(SupervisorTest, OneThatIsNeverNeededEnds) {
  const auto waiting = [&] {
    const auto names = os::list_directory("/proc").value();
    for (const auto& name : names) {
      const auto words = os::read_file("/proc/" + name + "/cmdline");
      if (words.ok() && words->starts_with("tare-supervisor") && words->find(directory_) != std::string::npos)
        return true;
    }
    return false;
  };
  {
    auto standby = Standby::begin(program_, directory_);
    ASSERT_TRUE(standby.settle());
    EXPECT_TRUE(waiting());
  }
  for (int round = 0; round < 1000 && waiting(); ++round) ::usleep(10'000);
  EXPECT_FALSE(waiting());
}

TEST_F(SupervisorTest, AProgramThatCannotBeExecutedIsToldByItsName) {
  auto standby = Standby::begin(directory_ + "/absent", directory_);
  const auto settled = standby.settle();
  ASSERT_FALSE(settled);
  EXPECT_NE(settled.error().text().find("/absent"), std::string::npos);
}

TEST_F(SupervisorTest, MuchOutputArrivesComplete) {
  const auto seen = run_shell("busybox seq 1 200000");
  std::string expected;
  for (int number = 1; number <= 200'000; ++number) expected += std::to_string(number) + "\n";
  EXPECT_EQ(seen.output, expected);
  EXPECT_EQ(log_lines().size(), 200'000U);
}

TEST_F(SupervisorTest, AStartThatFailsSaysWhyAndIsOnRecord) {
  const auto started = start_program({"/no/such/program"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind(), ErrorKind::kNoExecutable);
  EXPECT_THAT(started.error().text(), HasSubstr("/no/such/program"));
  EXPECT_TRUE(wait_for_end());
  EXPECT_EQ(read().exit_code, 127);
  EXPECT_EQ(read().status, Status::kCreated);
  EXPECT_THAT(read().error, HasSubstr("/no/such/program"));
}

TEST_F(SupervisorTest, StandardInputEndsWithItsClient) {
  config_.open_stdin = config_.stdin_once = true;
  const auto started = start_shell("busybox wc -c");
  ASSERT_TRUE(os::write_all(started.attachment->socket, "twelve bytes", "stdin"));
  ::shutdown(started.attachment->socket.get(), SHUT_WR);
  EXPECT_EQ(see(*started.attachment).output, "12\n");
}

TEST_F(SupervisorTest, WithoutInteractiveItReadsNothing) { EXPECT_EQ(run_shell("busybox wc -c").output, "0\n"); }

TEST_F(SupervisorTest, ATerminalIsOneStreamAndCanBeResized) {
  config_.terminal = config_.open_stdin = true;
  const auto started = start_shell("busybox tty; echo err >&2; read line; busybox stty size");
  ASSERT_TRUE(client().resize(33, 77));
  ASSERT_TRUE(os::write_all(started.attachment->socket, "go\n", "stdin"));
  const auto seen = see(*started.attachment);
  EXPECT_EQ(seen.error, "");
  EXPECT_THAT(seen.output, HasSubstr("/dev/"));
  EXPECT_THAT(seen.output, HasSubstr("err\r\n"));
  EXPECT_THAT(seen.output, HasSubstr("33 77"));
}

TEST_F(SupervisorTest, ASignalIsRecordedAndIsNoOom) {
  const auto started = start_shell("echo up; while :; do busybox sleep 1; done");
  await_line("up");
  ASSERT_TRUE(client().kill(SIGKILL));
  const auto seen = see(*started.attachment);
  EXPECT_EQ(seen.state.exit_code, 137);
  EXPECT_EQ(seen.state.exit_signal, SIGKILL);
  EXPECT_FALSE(seen.state.oom_killed);
}

TEST_F(SupervisorTest, StopLetsItEndByItself) {
  const auto started = start_shell("trap 'echo bye; exit 3' TERM; echo up; while :; do busybox sleep 0.01; done");
  await_line("up");
  ASSERT_TRUE(client().stop(SIGTERM, 60));
  EXPECT_EQ(read().exit_code, 3);
  EXPECT_EQ(see(*started.attachment).output, "up\nbye\n");
}

TEST_F(SupervisorTest, StopKillsWhatIgnoresEverything) {
  start_shell("trap '' TERM INT HUP QUIT; echo up; while :; do busybox sleep 1; done", false);
  await_line("up");
  ASSERT_TRUE(client().stop(SIGTERM, 1));
  EXPECT_EQ(read().exit_code, 137);
}

TEST_F(SupervisorTest, StopKillsWhatIsPaused) {
  start_shell("trap '' TERM; echo up; while :; do busybox sleep 1; done", false);
  await_line("up");
  ASSERT_TRUE(client().pause());
  EXPECT_EQ(read().status, Status::kPaused);
  EXPECT_FALSE(client().pause());
  ASSERT_TRUE(client().stop(SIGTERM, 1));
  EXPECT_EQ(read().status, Status::kExited);
}

TEST_F(SupervisorTest, WaitGivesTheFinalState) {
  config_.open_stdin = config_.stdin_once = true;
  auto started = start_shell("read line; exit 7");
  auto ended = client().watch_exit().value();
  started.attachment.reset();
  EXPECT_TRUE(os::wait_ended(ended, -1).value());
  auto again = Client::connect(config_.run_directory);
  EXPECT_EQ(read().exit_code, 7);
}

TEST_F(SupervisorTest, AnOomKillIsToldApart) {
  memory_limit_ = 16 << 20;
  const auto seen = run_shell("busybox dd if=/dev/zero of=/dev/null bs=200M count=1");
  EXPECT_TRUE(seen.state.oom_killed);
  EXPECT_NE(seen.state.exit_code, 0);
}

TEST_F(SupervisorTest, KillingTheSupervisorKillsTheContainer) {
  const auto started = start_shell("echo up; while :; do busybox sleep 1; done");
  await_line("up");
  const auto container = os::open_pidfd(started.container_pid).value();
  const auto supervisor = os::open_pidfd(read().supervisor_pid).value();
  ASSERT_TRUE(os::signal_pidfd(supervisor, SIGKILL));
  EXPECT_TRUE(os::wait_ended(container, 10'000).value());
  EXPECT_TRUE(wait_for_end());
  EXPECT_EQ(read().status, Status::kExited);
  EXPECT_EQ(read().exit_code, 137);
  EXPECT_NE(read().error, "");
  EXPECT_EQ(Client::connect(config_.run_directory).error().kind(), ErrorKind::kConflict);
  // The next start finds the leftovers in its way, and takes them over.
  EXPECT_EQ(run_shell("echo again").output, "again\n");
}

TEST_F(SupervisorTest, WhatAKilledSupervisorLeavesCanBeRemoved) {
  const auto started = start_shell("echo up; exec busybox sleep 1000");
  await_line("up");
  ASSERT_TRUE(client().pause());
  const auto container = os::open_pidfd(started.container_pid).value();
  ASSERT_TRUE(os::signal_pidfd(os::open_pidfd(read().supervisor_pid).value(), SIGKILL));
  EXPECT_TRUE(wait_for_end());
  EXPECT_TRUE(os::Cgroup::find(config_.cgroup_path)->exists());
  const auto removed = remove_remains(directory_);
  EXPECT_TRUE(removed) << removed.error().text();
  EXPECT_TRUE(os::wait_ended(container, 10'000).value());
}

TEST_F(SupervisorTest, OnFailureRestartsAsOftenAsAllowed) {
  config_.restart = {.when = Restart::kOnFailure, .maximum_retries = 2};
  start_shell("echo run; exit 5", false);
  EXPECT_TRUE(wait_for_end());
  EXPECT_THAT(log_lines(), ElementsAre("run", "run", "run"));
  EXPECT_EQ(read().restart_count, 2);
  EXPECT_EQ(read().exit_code, 5);
}

TEST_F(SupervisorTest, AStoppedContainerIsNotRestarted) {
  config_.restart = {.when = Restart::kAlways};
  start_shell("echo up; while :; do busybox sleep 1; done", false);
  await_line("up");
  ASSERT_TRUE(client().stop(SIGKILL, 0));
  EXPECT_EQ(read().status, Status::kExited);
  EXPECT_EQ(read().restart_count, 0);
}

TEST_F(SupervisorTest, AFullDiskNeitherBlocksTheContainerNorStop) {
  ASSERT_TRUE(os::make_directory(directory_ + "/log"));
  ASSERT_EQ(::mount("tmpfs", (directory_ + "/log").c_str(), "tmpfs", 0, "size=1m"), 0);
  config_.open_stdin = config_.stdin_once = true;
  const auto started = start_shell("busybox seq 1 500000; exec busybox sleep 1000");
  // All of it passes through although only a part of it can be logged.
  os::FdSource source(started.attachment->socket, "attachment");
  std::string tail;
  while (tail.find("500000\n") == std::string::npos) {
    const auto frame = parse_frame_head(take(source, kFrameHeadSize)).value();
    tail = tail.substr(tail.size() - std::min<size_t>(tail.size(), 10)) + take(source, frame.size);
  }
  ASSERT_TRUE(client().stop(SIGKILL, 0));
  EXPECT_EQ(read().exit_code, 137);
  EXPECT_LT(log_lines().size(), 100'000U);
}

TEST_F(SupervisorTest, AClientThatReadsNothingDelaysNobodyForLong) {
  const auto started = start_shell("busybox seq 1 300000; echo done >&2; while :; do busybox sleep 1; done");
  await_line("done");
  ASSERT_TRUE(client().stop(SIGKILL, 0));
  const auto seen = see(*started.attachment);
  EXPECT_THAT(seen.output, testing::EndsWith("300000\n"));
  EXPECT_EQ(seen.output.size(), 1'988'895U);
  EXPECT_EQ(seen.error, "done\n");
}

TEST_F(SupervisorTest, ALaterClientGetsWhatComesAfterIt) {
  config_.open_stdin = true;
  start_shell("echo before; read line; echo \"got $line\"", false);
  await_line("before");
  const auto attachment = client().attach(true).value();
  ASSERT_TRUE(os::write_all(attachment.socket, "hello\n", "stdin"));
  const auto seen = see(attachment);
  EXPECT_EQ(seen.output, "got hello\n");
}

TEST_F(SupervisorTest, AProbeSaysHowItIs) {
  config_.healthcheck = oci::Healthcheck{
      .test = {"CMD-SHELL", "echo checked; busybox test -e /healthy"}, .interval = 50'000'000, .retries = 1};
  start_shell("echo up; while :; do busybox sleep 1; done", false);
  const auto await_health = [&](const std::string& status) {
    while (read().health != status) ::usleep(10'000);
  };
  await_health("unhealthy");
  std::ofstream(directory_ + "/rootfs/healthy") << "yes";
  await_health("healthy");
  EXPECT_THAT(os::read_file(directory_ + "/health.json").value(), HasSubstr("checked"));
}

TEST_F(SupervisorTest, TheCleanupCommandFollowsTheLastExit) {
  config_.cleanup_command = {"/bin/sh", "-c", "env > " + directory_ + "/cleaned"};
  ::setenv("SECRET_OF_THE_CALLER", "1", 1);
  run_shell("true");
  while (!os::exists(directory_ + "/cleaned") || os::status(directory_ + "/cleaned")->st_size == 0) ::usleep(1000);
  EXPECT_THAT(os::read_file(directory_ + "/cleaned").value(), testing::Not(HasSubstr("SECRET")));
}

TEST_F(SupervisorTest, NothingOfOursIsOpenInTheContainer) {
  EXPECT_EQ(run_shell("busybox ls /proc/self/fd").output, "0\n1\n2\n3\n");  // 3 is the directory that ls reads
}

int read_anonymous(pid_t pid) {
  std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  while (rollup >> word && word != "Pss_Anon:") {
  }
  int kilobytes = 0;
  rollup >> kilobytes;
  return kilobytes;
}

// A second after the last event it has given back what that needed. The program's own pages, which all supervisors
// share, are not counted: since Linux 6.18 a fault maps a large folio of the page cache whole, so how many there are
// depends on how the file came there.
TEST_F(SupervisorTest, ItIsSmallOnceItIsQuiet) {
  start_shell("echo up; exec busybox sleep 1000", false);
  await_line("up");
  int kilobytes = read_anonymous(read().supervisor_pid);
  for (int attempt = 0; attempt < 1000 && kilobytes >= 400; ++attempt) {
    ::usleep(10'000);
    kilobytes = read_anonymous(read().supervisor_pid);
  }
  EXPECT_GT(kilobytes, 0);
  EXPECT_LT(kilobytes, 400);
}

}  // namespace
}  // namespace tare::supervise
