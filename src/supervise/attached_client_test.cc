#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/file.h"
#include "os/transfer.h"
#include "supervise/attached_clients.h"
#include "supervise/output.h"

namespace tare::supervise {
namespace {

// A container's output, written by the test, and one client whose reading the test controls.
class AttachedClientTest : public testing::Test {
 protected:
  AttachedClientTest()
      : directory_(os::make_temporary_directory("/tmp", "tare-attach-").value()), loop_(EventLoop::create().value()) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    client_.reset(ends[0]);
    server_.reset(ends[1]);
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    container_reads_.reset(ends[0]);
    container_writes_.reset(ends[1]);
  }
  ~AttachedClientTest() override { (void)os::remove_tree(directory_); }

  void open(bool keep_log, bool close_input = true) {
    if (keep_log) log_.emplace(logs::Writer::open(directory_, {}).value());
    clients_.emplace(loop_, AttachedClients::Options{.log = {log_ ? &*log_ : nullptr, directory_},
                                                     .close_input_with_client = close_input,
                                                     .on_change = [this] { output_->update(); }});
    output_.emplace(loop_, log_ ? &*log_ : nullptr, *clients_);
    output_->open(logs::Stream::kStdout, std::move(container_reads_));
  }
  void run_until(const std::function<bool()>& done) { loop_.run_until(done); }

  // Writes until the socket and the pipe are full, or enough when nobody holds the output.
  static constexpr size_t kEnough = 3 << 20;
  void fill() {
    size_t total = 0;
    Timer give_up(loop_, [] {});
    for (int idle = 0; idle < 50 && total < kEnough;) {
      const auto line = std::string(1000, static_cast<char>('a' + total / 1001 % 26)) + "\n";
      const auto result = os::write_some(container_writes_, line);
      total += result.bytes;
      written_ += line.substr(0, result.bytes);
      idle = result.moved() ? 0 : idle + 1;
      give_up.start(std::chrono::milliseconds(1));
      bool once = false;
      loop_.run_until([&] { return std::exchange(once, true); });
    }
  }
  // What the client has been sent up to the exit frame or the end.
  std::string read_all() {
    std::string bytes;
    bool ended = false;
    Timer tick(loop_, [] {});
    loop_.run_until([&] {
      std::array<char, 65536> buffer;
      for (auto got = os::read_some(client_, buffer);; got = os::read_some(client_, buffer)) {
        bytes.append(buffer.data(), got.bytes);
        ended = got.outcome == os::Transfer::Outcome::kEnded;
        if (!got.moved()) break;
      }
      tick.start(std::chrono::milliseconds(1));
      return ended;
    });
    return decode(bytes);
  }
  std::string decode(std::string_view bytes) {
    std::string text;
    while (bytes.size() >= kFrameHeadSize) {
      const auto head = parse_frame_head(bytes).value();
      const auto payload = bytes.substr(kFrameHeadSize, head.size);
      if (head.stream == FrameStream::kExit) exit_ = payload;
      if (head.stream == FrameStream::kOutput) text += payload;
      bytes.remove_prefix(kFrameHeadSize + payload.size());
    }
    EXPECT_EQ(bytes, "");
    return text;
  }

  std::string directory_;
  EventLoop loop_;
  UniqueFd client_, server_, container_reads_, container_writes_;
  std::optional<logs::Writer> log_;
  std::optional<AttachedClients> clients_;
  std::optional<Output> output_;
  std::string written_;
  std::string exit_;
};

TEST_F(AttachedClientTest, GetsOutputAndExit) {
  open(true);
  clients_->add(std::move(server_), false);
  EXPECT_TRUE(os::write_some(container_writes_, "hello\nunfinished").moved());
  container_writes_.reset();
  output_->drain();
  clients_->finish("the state");
  EXPECT_EQ(read_all(), "hello\nunfinished");
  EXPECT_EQ(exit_, "the state");
  EXPECT_TRUE(clients_->empty());
}

TEST_F(AttachedClientTest, HoldsTheOutputForAMomentThenReadsTheLogLater) {
  open(true);
  clients_->add(std::move(server_), false);
  fill();
  ASSERT_TRUE(clients_->holding());
  run_until([&] { return !clients_->holding(); });  // patience is over: the container goes on
  fill();
  EXPECT_GT(written_.size(), 0U);
  container_writes_.reset();
  output_->drain();
  clients_->finish("bye");
  EXPECT_EQ(read_all(), written_);
  EXPECT_EQ(exit_, "bye");
}

TEST_F(AttachedClientTest, CatchesUpAndIsLiveAgain) {
  open(true);
  clients_->add(std::move(server_), false);
  fill();
  run_until([&] { return !clients_->holding(); });
  EXPECT_TRUE(os::write_some(container_writes_, "half a ").moved());
  std::string seen;
  Timer tick(loop_, [] {});
  const auto read_until_idle = [&](const std::string& end) {
    run_until([&] {
      std::array<char, 4096> buffer;
      seen.append(buffer.data(), os::read_some(client_, buffer).bytes);
      tick.start(std::chrono::milliseconds(1));
      return seen.ends_with(end);
    });
  };
  read_until_idle("half a ");
  EXPECT_FALSE(clients_->holding());
  EXPECT_TRUE(os::write_some(container_writes_, "line\n").moved());
  read_until_idle("line\n");
  EXPECT_EQ(decode(seen), written_ + "half a line\n");
}

TEST_F(AttachedClientTest, WithoutALogASilentClientIsDisconnected) {
  open(false);
  clients_->add(std::move(server_), false);
  fill();
  run_until([&] { return clients_->empty(); });
  EXPECT_FALSE(clients_->holding());
}

TEST_F(AttachedClientTest, ADeadClientIsForgotten) {
  open(true);
  clients_->add(std::move(server_), false);
  client_.reset();
  run_until([&] { return clients_->empty(); });
  EXPECT_TRUE(os::write_some(container_writes_, "nobody hears\n").moved());
  fill();
  EXPECT_FALSE(clients_->holding());
}

TEST_F(AttachedClientTest, InputReachesTheContainerCompleteHoweverSlowlyItReads) {
  open(true);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  UniqueFd container_input(ends[0]);
  clients_->input().open(UniqueFd(ends[1]));
  clients_->add(std::move(server_), true);
  std::string input;
  for (int index = 0; index < 300'000; ++index) input += static_cast<char>('a' + index % 26);
  size_t sent = 0;
  std::string received;
  bool ended = false;
  Timer tick(loop_, [] {});
  run_until([&] {
    sent += os::send_some(client_, std::string_view(input).substr(sent)).bytes;
    if (sent == input.size()) ::shutdown(client_.get(), SHUT_WR);
    std::array<char, 1000> buffer;
    const auto got = os::read_some(container_input, buffer);
    received.append(buffer.data(), got.bytes);
    ended = got.outcome == os::Transfer::Outcome::kEnded;
    tick.start(std::chrono::microseconds(100));
    return ended;
  });
  EXPECT_EQ(received, input);
  EXPECT_FALSE(clients_->empty());  // it still gets output
}

}  // namespace
}  // namespace tare::supervise
