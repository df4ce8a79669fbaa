// BuildKit's plain progress: "#5 [build 2/4] RUN make", "#5 0.213 text", "#5 DONE 0.3s". Each block of a step begins
// with its name, so that the output of steps that run at once can be told apart.
#include <map>

#include "build/build.h"
#include "os/file.h"

namespace tare::build {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

class PlainProgress : public Progress {
 public:
  explicit PlainProgress(BorrowedFd out) : out_(out) {}

  void started(int step, std::string_view name) override {
    steps_[step] = {std::string(name), Clock::now(), ""};
    switch_to(step);
  }

  void output(int step, std::string_view text) override {
    auto& state = steps_[step];
    state.unfinished += text;
    for (size_t end = state.unfinished.find('\n'); end != std::string::npos; end = state.unfinished.find('\n')) {
      print_line(step, std::string_view(state.unfinished).substr(0, end));
      state.unfinished.erase(0, end + 1);
    }
  }

  void cached(int step) override { finish(step, "CACHED"); }
  void done(int step, std::chrono::nanoseconds took) override {
    finish(step, formatted("DONE {:.1f}s", seconds(took)));
  }
  void failed(int step, const Error& error) override {
    if (error.kind() == ErrorKind::kCancelled) return finish(step, "CANCELED");
    // Only the first line: the whole error is printed once, at the end.
    finish(step, "ERROR: " + error.text().substr(0, error.text().find('\n')));
  }

 private:
  struct Step {
    std::string name;
    Clock::time_point begun;
    std::string unfinished;  // a line whose end has not come yet
  };

  void switch_to(int step) {
    if (current_ == step) return;
    if (current_ != 0) print("\n");
    current_ = step;
    print(formatted("#{} {}\n", step, steps_[step].name));
  }

  void print_line(int step, std::string_view line) {
    switch_to(step);
    if (line.ends_with('\r')) line.remove_suffix(1);
    print(formatted("#{} {:.3f} {}\n", step, seconds(Clock::now() - steps_[step].begun), line));
  }

  void finish(int step, std::string_view how) {
    if (const auto rest = std::exchange(steps_[step].unfinished, {}); !rest.empty()) print_line(step, rest);
    switch_to(step);
    print(formatted("#{} {}\n", step, how));
    steps_.erase(step);
    current_ = 0;
    print("\n");
  }

  // A reader that is gone does not end the build.
  void print(std::string_view text) { (void)os::write_all(out_, text, "the progress").ok(); }

  BorrowedFd out_;
  std::map<int, Step> steps_;
  int current_ = 0;  // whose block is being printed
};

}  // namespace

std::unique_ptr<Progress> make_plain_progress(BorrowedFd out) { return std::make_unique<PlainProgress>(out); }

}  // namespace tare::build
