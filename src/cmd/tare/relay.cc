#include "cmd/tare/relay.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>

#include "base/log.h"
#include "os/error.h"
#include "os/file.h"
#include "supervise/protocol.h"

namespace tare::cmd {

struct RawTerminal::Saved {
  termios settings;
};

RawTerminal::RawTerminal() {
  termios settings{};
  if (::tcgetattr(STDIN_FILENO, &settings) != 0) return;
  saved_ = std::make_unique<Saved>(Saved{settings});
  ::cfmakeraw(&settings);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
}

RawTerminal::~RawTerminal() {
  if (saved_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_->settings);
}

std::optional<WindowSize> read_window_size() {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return std::nullopt;
  return WindowSize{size.ws_row, size.ws_col};
}

namespace {

constexpr char kDetachFirst = 0x10;   // ctrl-p
constexpr char kDetachSecond = 0x11;  // ctrl-q

// What is passed on: everything that a shell, a terminal or an init system sends to end or poke a program.
constexpr std::array kProxiedSignals = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT};

// Signals arrive as bytes of a descriptor while the object lives; the mask is restored afterwards.
class SignalQueue {
 public:
  static Result<std::unique_ptr<SignalQueue>> open(const RelayOptions& options) {
    sigset_t set;
    sigemptyset(&set);
    if (options.signal_proxy && !options.terminal) {
      for (const int signal : kProxiedSignals) sigaddset(&set, signal);
    }
    if (options.terminal) sigaddset(&set, SIGWINCH);
    auto queue = std::unique_ptr<SignalQueue>(new SignalQueue);
    ::sigprocmask(SIG_BLOCK, &set, &queue->old_);
    queue->fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!queue->fd_.valid()) return os::last_error("open", "signalfd");
    return queue;
  }
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;
  ~SignalQueue() { ::sigprocmask(SIG_SETMASK, &old_, nullptr); }
  int fd() const { return fd_.get(); }
  std::optional<int> take() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
  }

 private:
  SignalQueue() = default;
  sigset_t old_{};
  UniqueFd fd_;
};

// Cuts the byte stream into frames and writes what they hold.
class FrameReader {
 public:
  explicit FrameReader(const RelayOptions& options) : options_(options) {}
  Result<void> feed(std::string_view bytes) {
    buffer_ += bytes;
    size_t used = 0;
    while (buffer_.size() - used >= supervise::kFrameHeadSize) {
      const auto rest = std::string_view(buffer_).substr(used);
      const auto head = TRY(supervise::parse_frame_head(rest));
      if (rest.size() < supervise::kFrameHeadSize + head.size) break;
      TRY(take(head.stream, rest.substr(supervise::kFrameHeadSize, head.size)));
      used += supervise::kFrameHeadSize + head.size;
    }
    buffer_.erase(0, used);
    return {};
  }
  const std::optional<supervise::State>& exited() const { return exited_; }
  bool unread() const { return unread_; }

 private:
  Result<void> take(supervise::FrameStream stream, std::string_view payload) {
    if (stream == supervise::FrameStream::kExit) {
      exited_ = TRY(supervise::State::parse(payload));
      return {};
    }
    const bool error = stream == supervise::FrameStream::kError;
    if (!(error ? options_.with_stderr : options_.with_stdout)) return {};
    const int target = error ? STDERR_FILENO : STDOUT_FILENO;
    // Whoever read us has seen enough (`| head -1`): as Docker's client, we leave; the container's log goes on.
    if (!os::write_all(BorrowedFd(target), payload, "output").ok()) unread_ = true;
    return {};
  }
  const RelayOptions& options_;
  std::string buffer_;
  std::optional<supervise::State> exited_;
  bool unread_ = false;
};

class Relay {
 public:
  Relay(const supervise::Attachment& attachment, const RelayOptions& options, SignalQueue& signals)
      : socket_(attachment.socket.get()),
        options_(options),
        signals_(signals),
        frames_(options),
        stdin_open_(options.with_stdin) {}

  Result<std::optional<supervise::State>> run() {
    if (options_.terminal) resize();
    if (!stdin_open_) leave_if_blind();
    while (!frames_.exited() && !frames_.unread() && !detached_ && !gone_) TRY(turn());
    return frames_.exited();
  }

 private:
  Result<void> turn() {
    std::array<pollfd, 3> waiting = {
        {{socket_, POLLIN, 0}, {signals_.fd(), POLLIN, 0}, {stdin_open_ ? STDIN_FILENO : -1, POLLIN, 0}}};
    if (os::retry_interrupted([&] { return ::poll(waiting.data(), waiting.size(), -1); }) < 0) {
      return os::last_error("poll", "the container's streams");
    }
    if (waiting[0].revents != 0) TRY(read_output());
    if (waiting[1].revents != 0) pass_signals();
    if (waiting[2].revents != 0) read_input();
    return {};
  }

  Result<void> read_output() {
    const ssize_t count = os::retry_interrupted([&] { return ::read(socket_, buffer_.data(), buffer_.size()); });
    if (count <= 0) {
      gone_ = true;
      return {};
    }
    return frames_.feed({buffer_.data(), static_cast<size_t>(count)});
  }

  void read_input() {
    const ssize_t count = os::retry_interrupted([&] { return ::read(STDIN_FILENO, buffer_.data(), buffer_.size()); });
    if (count <= 0) {
      ::shutdown(socket_, SHUT_WR);
      stdin_open_ = false;
      return leave_if_blind();
    }
    const std::string_view bytes(buffer_.data(), static_cast<size_t>(count));
    if (options_.terminal && asks_to_detach(bytes)) {
      detached_ = true;
      return;
    }
    if (!os::write_all(BorrowedFd(socket_), bytes, "the container's standard input").ok()) stdin_open_ = false;
  }

  void leave_if_blind() { detached_ = !options_.with_stdout && !options_.with_stderr; }

  bool asks_to_detach(std::string_view bytes) {
    for (const char byte : bytes) {
      if (last_key_ == kDetachFirst && byte == kDetachSecond) return true;
      last_key_ = byte;
    }
    return false;
  }

  void pass_signals() {
    while (const auto signal = signals_.take()) {
      if (*signal == SIGWINCH) {
        resize();
        continue;
      }
      auto client = supervise::Client::connect(options_.run_directory);
      if (client.ok()) (void)client->kill(*signal).ok();  // it may have ended already
    }
  }

  void resize() {
    const auto size = read_window_size();
    auto client = supervise::Client::connect(options_.run_directory);
    if (size && client.ok()) (void)client->resize(size->rows, size->columns).ok();
  }

  int socket_;
  const RelayOptions& options_;
  SignalQueue& signals_;
  FrameReader frames_;
  std::array<char, 65536> buffer_{};
  bool stdin_open_;
  bool detached_ = false;
  bool gone_ = false;
  char last_key_ = 0;
};

}  // namespace

Result<std::optional<supervise::State>> relay(const supervise::Attachment& attachment, const RelayOptions& options) {
  const auto signals = TRY(SignalQueue::open(options));
  std::optional<RawTerminal> raw;
  if (options.terminal && options.with_stdin) raw.emplace();
  return Relay(attachment, options, *signals).run();
}

}  // namespace tare::cmd
