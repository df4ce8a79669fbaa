#include "runtime/checkpoint/criu.h"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "os/error.h"
#include "os/fd_passing.h"
#include "os/file.h"

namespace tare::runtime {
namespace {

constexpr int kSocketInChild = 3;

// criu_req and criu_resp
enum RequestField : unsigned { kTask = 1, kOptions = 2, kNotifySuccess = 3 };
enum AnswerField : unsigned { kType = 1, kSuccess = 2, kRestored = 4, kNotice = 5, kErrno = 7 };
constexpr uint64_t kNotifyType = 6;

struct Answer {
  uint64_t type = 0;
  bool success = false;
  pid_t restored = 0;
  int64_t number = 0;  // an errno
  CriuNotice notice;
};

// criu_restore_resp has the pid as field 1, criu_notify the name as 1 and the pid as 2.
Result<pid_t> read_restored(std::string_view bytes) {
  WireReader reader(bytes);
  while (const auto field = TRY(reader.next())) {
    if (field->field == 1) return static_cast<pid_t>(field->number);
  }
  return 0;
}

Result<CriuNotice> read_notice(std::string_view bytes) {
  CriuNotice notice;
  WireReader reader(bytes);
  while (const auto field = TRY(reader.next())) {
    if (field->field == 1) notice.name = field->text;
    if (field->field == 2) notice.pid = static_cast<pid_t>(field->number);
  }
  return notice;
}

Result<Answer> read_answer(std::string_view bytes) {
  Answer answer;
  WireReader reader(bytes);
  while (const auto field = TRY(reader.next())) {
    if (field->field == kType) answer.type = field->number;
    if (field->field == kSuccess) answer.success = field->number != 0;
    if (field->field == kErrno) answer.number = static_cast<int64_t>(field->number);
    if (field->field == kRestored) answer.restored = TRY(read_restored(field->text));
    if (field->field == kNotice) answer.notice = TRY(read_notice(field->text));
  }
  return answer;
}

// The last lines that are errors; criu names the cause in the first and what it gave up in those after it.
std::string errors_in(std::string_view text) {
  constexpr size_t kMost = 4;
  std::vector<std::string> found;
  for (const auto& line : split(text, '\n')) {
    const size_t place = line.find("Error (");
    if (place != std::string::npos) found.push_back(line.substr(place));
  }
  if (found.size() > kMost) found.erase(found.begin(), found.end() - kMost);
  return join(found, "; ");
}

}  // namespace

Result<Criu> Criu::start(const std::vector<BorrowedFd>& passed) {
  auto ends = TRY(os::packet_socket_pair());
  UniqueFd words(::memfd_create("criu", MFD_CLOEXEC));
  if (!words.valid()) return os::last_error("memfd_create", "criu");
  os::SpawnOptions options{.arguments = {"criu", "swrk", std::to_string(kSocketInChild)}};
  options.descriptors = {{ends.second, kSocketInChild}, {words, STDERR_FILENO}};
  int number = kFirstPassed;
  for (const auto& fd : passed) options.descriptors.push_back({fd, number++});
  auto child = os::spawn(options);
  if (!child.ok() && child.error().kind() == ErrorKind::kNotFound) {
    return Failure(ErrorKind::kUnsupported, "checkpoint and restore need the program criu, which is not installed")
        .with_hint("install the package criu");
  }
  return Criu(TRY(std::move(child)), std::move(ends.first), std::move(words));
}

Criu::~Criu() {
  if (!child_.pidfd.valid()) return;
  socket_.reset();  // it ends when nobody will ask
  (void)os::wait(child_).ok();
}

Result<pid_t> Criu::ask(CriuTask task, const WireWriter& options, const std::string& log,
                        const std::function<Result<void>(CriuNotice)>& notice) {
  auto restored = converse(task, options, notice);
  if (restored.ok()) TRY(end(task));
  if (restored.ok()) return restored;
  socket_.reset();
  (void)os::wait(child_).ok();
  child_.pidfd.reset();
  Error error = std::move(restored).error();
  const std::string said = complaints(log);
  if (!said.empty()) error = Failure(error.kind(), "{}: {}", error.text(), said);
  return std::move(error).with_hint(os::exists(log) ? "criu tells more in " + log
                                                    : "`criu check` tells whether criu can work on this kernel");
}

Result<pid_t> Criu::converse(CriuTask task, const WireWriter& options,
                             const std::function<Result<void>(CriuNotice)>& notice) {
  WireWriter request;
  request.number(kTask, static_cast<unsigned>(task)).text(kOptions, options.bytes());
  TRY(os::send_message(socket_, request.bytes()));
  while (true) {
    os::Message received = TRY(os::receive_message(socket_));
    if (received.bytes.empty()) return Failure(ErrorKind::kInternal, "criu has ended without an answer");
    Answer answer = TRY(read_answer(received.bytes));
    if (!answer.success) {
      return Failure(ErrorKind::kInternal, "criu failed with errno {}", answer.number);
    }
    if (answer.type != kNotifyType) return answer.restored;
    answer.notice.descriptor = std::move(received.descriptor);
    TRY(notice(std::move(answer.notice)));
    WireWriter done;
    done.number(kTask, kNotifyType).number(kNotifySuccess, 1);
    TRY(os::send_message(socket_, done.bytes()));
  }
}

Result<void> Criu::end(CriuTask task) {
  socket_.reset();
  const os::ExitStatus status = TRY(os::wait(child_));
  child_.pidfd.reset();
  // After a pre-dump it expects the next one, and takes it for an error that there is none.
  if (status.shell_code() == 0 || task == CriuTask::kPreDump) return {};
  return Failure(ErrorKind::kInternal, "criu has ended with exit code {}", status.shell_code());
}

std::string Criu::complaints(const std::string& log) const {
  const auto logged = os::read_file(log);
  std::string errors = errors_in(logged.ok() ? std::string_view(*logged) : "");
  if (!errors.empty()) return errors;
  ::lseek(words_.get(), 0, SEEK_SET);
  const auto said = os::read_fd(words_, "criu's messages");
  return errors_in(said.ok() ? std::string_view(*said) : "");
}

}  // namespace tare::runtime
