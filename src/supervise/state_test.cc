#include "supervise/state.h"

#include <gtest/gtest.h>

#include "os/file.h"

namespace tare::supervise {
namespace {

class StateTest : public testing::Test {
 protected:
  StateTest() : directory_(os::make_temporary_directory("/tmp", "tare-state-").value()) {}
  ~StateTest() override { (void)os::remove_tree(directory_); }
  void record(const State& state) { ASSERT_TRUE(os::write_file_atomic(directory_ + "/state.json", state.to_json())); }
  State read() { return read_state(directory_, directory_).value(); }
  std::string directory_;
};

TEST_F(StateTest, IsReadBackAsWritten) {
  const State state{.status = Status::kExited,
                    .supervisor_pid = 7,
                    .started_at = "2026-01-01T00:00:00.000000000Z",
                    .finished_at = "2026-01-01T00:00:01.000000000Z",
                    .exit_code = 137,
                    .exit_signal = 9,
                    .oom_killed = true,
                    .error = "why \"so\"",
                    .restart_count = 3,
                    .health = "unhealthy"};
  record(state);
  EXPECT_EQ(read().to_json(), state.to_json());
}

TEST_F(StateTest, WithoutRecordItWasOnlyCreated) { EXPECT_EQ(read().status, Status::kCreated); }

TEST_F(StateTest, ARunningContainerHasASupervisorThatHoldsTheLock) {
  record({.status = Status::kRunning, .pid = 1234});
  auto lock = os::FileLock::try_acquire(directory_ + "/lock", os::FileLock::Mode::kExclusive);
  EXPECT_EQ(read().status, Status::kRunning);
  lock.value().reset();
  const auto state = read();
  EXPECT_EQ(state.status, Status::kExited);
  EXPECT_EQ(state.exit_code, 137);
  EXPECT_EQ(state.exit_signal, 9);
  EXPECT_EQ(state.pid, 0);
  EXPECT_FALSE(state.oom_killed);
  EXPECT_NE(state.error, "");
}

TEST_F(StateTest, ARebootRemovesTheRunDirectory) {
  record({.status = Status::kRunning, .pid = 1234});
  EXPECT_EQ(read_state(directory_, directory_ + "/absent")->status, Status::kExited);
}

TEST_F(StateTest, PaddingAfterTheTextIsHarmless) {
  ASSERT_TRUE(os::write_file_atomic(directory_ + "/state.json", State{}.to_json() + std::string(500, ' ')));
  EXPECT_EQ(read().status, Status::kCreated);
}

TEST_F(StateTest, RefusesGarbage) {
  for (const char* text : {"", "{}", "[]", R"({"status":"dancing"})", R"({"status":5})"}) {
    ASSERT_TRUE(os::write_file_atomic(directory_ + "/state.json", text));
    EXPECT_FALSE(read_state(directory_, directory_)) << text;
  }
}

}  // namespace
}  // namespace tare::supervise
