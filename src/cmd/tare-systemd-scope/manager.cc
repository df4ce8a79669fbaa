#include "manager.h"

#include <systemd/sd-bus.h>

#include <cstring>
#include <optional>

#include "base/scope_guard.h"
#include "property.h"

namespace tare::cmd {
namespace {

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kPath = "/org/freedesktop/systemd1";
constexpr const char* kInterface = "org.freedesktop.systemd1.Manager";
constexpr uint64_t kJobTimeout = 30'000'000;  // microseconds: what go-systemd's users wait too
constexpr uint64_t kCallTimeout = 25'000'000;

struct FreeMessage {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, FreeMessage>;

struct BusError {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  ~BusError() { sd_bus_error_free(&error); }
  bool is(const char* name) const { return sd_bus_error_has_name(&error, name) != 0; }
};

constexpr const char* kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
constexpr const char* kUnitExists = "org.freedesktop.systemd1.UnitExists";

// What systemd says itself is worth more than the number that sd-bus makes of it.
Error failure(int code, const BusError& error, const char* doing, const std::string& unit) {
  Error made = Error::from_errno(-code, doing, unit);
  if (error.error.message == nullptr) return made;
  return Failure(error.is(kUnitExists) ? ErrorKind::kAlreadyExists : made.kind(), "{} {}: {}", doing, unit,
                 error.error.message);
}

Result<Message> new_call(sd_bus* bus, const char* method) {
  sd_bus_message* message = nullptr;
  const int code = sd_bus_message_new_method_call(bus, &message, kService, kPath, kInterface, method);
  if (code < 0) return Error::from_errno(-code, "make message", method);
  return Message(message);
}

Result<void> check(int code, const char* what) {
  if (code >= 0) return {};
  return Error::from_errno(-code, "append to message", what);
}

Result<void> append_properties(sd_bus_message* message, const PropertyTexts& properties) {
  for (const auto& text : properties) TRY(append_property(message, text));
  return {};
}

// Delegate: the group's files are ours. Without default dependencies it is not stopped before what it needs at shutdown
// by guesswork, and with accounting the figures are there even where no limit is.
Result<void> append_scope(sd_bus_message* message, const ScopeRequest& request) {
  TRY(check(sd_bus_message_append(message, "(sv)(sv)", "Description", "s", request.description.c_str(), "Slice", "s",
                                  request.slice.c_str()),
            "Slice"));
  TRY(check(sd_bus_message_append(message, "(sv)(sv)", "Delegate", "b", 1, "DefaultDependencies", "b", 0), "Delegate"));
  TRY(check(sd_bus_message_append(message, "(sv)(sv)", "MemoryAccounting", "b", 1, "CPUAccounting", "b", 1), "CPU"));
  TRY(check(sd_bus_message_append(message, "(sv)(sv)", "IOAccounting", "b", 1, "TasksAccounting", "b", 1), "IO"));
  TRY(check(sd_bus_message_append(message, "(sv)", "PIDs", "au", 1, static_cast<uint32_t>(request.pid)), "PIDs"));
  return append_properties(message, request.properties);
}

// The signal that a job has been removed, of any job; `job` is its path, `outcome` "done" when all went well.
struct EndedJob {
  std::string job;
  std::string outcome;
};
std::optional<EndedJob> read_ended_job(sd_bus_message* message) {
  if (sd_bus_message_is_signal(message, kInterface, "JobRemoved") <= 0) return std::nullopt;
  uint32_t id = 0;
  const char* job = nullptr;
  const char* unit = nullptr;
  const char* outcome = nullptr;
  if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &outcome) < 0) return std::nullopt;
  return EndedJob{job, outcome};
}

Result<std::string> read_path(sd_bus_message* reply) {
  const char* path = nullptr;
  const int code = sd_bus_message_read(reply, "o", &path);
  if (code < 0) return Error::from_errno(-code, "read", "the answer of systemd");
  return std::string(path);
}

}  // namespace

void Manager::Close::operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }

Result<Manager> Manager::connect(WhichManager which) {
  sd_bus* bus = nullptr;
  const bool user = which == WhichManager::kUser;
  int code = user ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
  if (code < 0) {
    return Error::from_errno(-code, "connect to", user ? "the user's systemd over D-Bus" : "systemd over D-Bus")
        .with_hint(user ? "it needs a session of systemd (XDG_RUNTIME_DIR) with dbus-user-session installed"
                        : "does dbus run? Otherwise leave cgroups to tare, without --systemd-cgroup");
  }
  Manager manager(bus);
  // Before the first job: its end is a signal, which is sent to who has subscribed only.
  code = sd_bus_match_signal(bus, nullptr, kService, kPath, kInterface, "JobRemoved", nullptr, nullptr);
  BusError error;
  if (code >= 0) code = sd_bus_call_method(bus, kService, kPath, kInterface, "Subscribe", &error.error, nullptr, "");
  if (code < 0) return failure(code, error, "subscribe to", "systemd's jobs");
  return manager;
}

Result<std::string> Manager::start_scope(const ScopeRequest& request) {
  std::string job;
  auto started = request_start(request, job);
  if (!started.ok() && started.error().kind() == ErrorKind::kAlreadyExists) {
    reset_failed(request.unit);
    started = request_start(request, job);
  }
  TRY(std::move(started));
  TRY(await_job(job, request.unit));
  return control_group(request.unit);
}

Result<void> Manager::request_start(const ScopeRequest& request, std::string& job) {
  const Message message = TRY(new_call(bus_.get(), "StartTransientUnit"));
  TRY(check(sd_bus_message_append(message.get(), "ss", request.unit.c_str(), "replace"), "the unit"));
  TRY(check(sd_bus_message_open_container(message.get(), 'a', "(sv)"), "properties"));
  TRY(append_scope(message.get(), request));
  TRY(check(sd_bus_message_close_container(message.get()), "properties"));
  TRY(check(sd_bus_message_append(message.get(), "a(sa(sv))", 0), "no further units"));
  BusError error;
  sd_bus_message* reply = nullptr;
  const int code = sd_bus_call(bus_.get(), message.get(), kCallTimeout, &error.error, &reply);
  const Message owned(reply);
  if (code < 0) return failure(code, error, "start scope", request.unit);
  job = TRY(read_path(reply));
  return {};
}

Result<void> Manager::await_job(const std::string& job, const std::string& unit) {
  while (true) {
    sd_bus_message* received = nullptr;
    int code = sd_bus_process(bus_.get(), &received);
    const Message owned(received);
    const auto ended = received == nullptr ? std::nullopt : read_ended_job(received);
    if (ended && ended->job == job) {
      if (ended->outcome == "done") return {};
      return Failure(ErrorKind::kInternal, "systemd's job for {} has ended as {}", unit, ended->outcome);
    }
    if (code == 0) code = sd_bus_wait(bus_.get(), kJobTimeout);
    if (code < 0) return Error::from_errno(-code, "wait for systemd's job for", unit);
    if (code == 0) return Failure(ErrorKind::kTimeout, "systemd's job for {} does not end", unit);
  }
}

Result<std::string> Manager::control_group(const std::string& unit) {
  BusError error;
  sd_bus_message* reply = nullptr;
  int code =
      sd_bus_call_method(bus_.get(), kService, kPath, kInterface, "GetUnit", &error.error, &reply, "s", unit.c_str());
  const Message owned(reply);
  if (code < 0) return failure(code, error, "find scope", unit);
  const std::string path = TRY(read_path(reply));
  char* group = nullptr;
  code = sd_bus_get_property_string(bus_.get(), kService, path.c_str(), "org.freedesktop.systemd1.Scope",
                                    "ControlGroup", &error.error, &group);
  if (code < 0) return failure(code, error, "read the control group of", unit);
  const ScopeGuard free_group([&] { std::free(group); });
  return std::string(group);
}

Result<void> Manager::set_properties(const std::string& unit, const PropertyTexts& properties) {
  if (properties.empty()) return {};
  const Message message = TRY(new_call(bus_.get(), "SetUnitProperties"));
  TRY(check(sd_bus_message_append(message.get(), "sb", unit.c_str(), 1), "the unit"));
  TRY(check(sd_bus_message_open_container(message.get(), 'a', "(sv)"), "properties"));
  TRY(append_properties(message.get(), properties));
  TRY(check(sd_bus_message_close_container(message.get()), "properties"));
  BusError error;
  const int code = sd_bus_call(bus_.get(), message.get(), kCallTimeout, &error.error, nullptr);
  if (code < 0) return failure(code, error, "set properties of", unit);
  return {};
}

Result<void> Manager::stop_scope(const std::string& unit) {
  BusError error;
  sd_bus_message* reply = nullptr;
  const int code = sd_bus_call_method(bus_.get(), kService, kPath, kInterface, "StopUnit", &error.error, &reply, "ss",
                                      unit.c_str(), "replace");
  const Message owned(reply);
  if (error.is(kNoSuchUnit)) return {};
  if (code < 0) return failure(code, error, "stop scope", unit);
  const std::string job = TRY(read_path(reply));
  TRY(await_job(job, unit));
  // One whose processes were killed for lack of memory would stay, as failed, and take the name.
  reset_failed(unit);
  return {};
}

void Manager::reset_failed(const std::string& unit) {
  // Not loaded any more: it was not failed.
  (void)sd_bus_call_method(bus_.get(), kService, kPath, kInterface, "ResetFailedUnit", nullptr, nullptr, "s",
                           unit.c_str());
}

}  // namespace tare::cmd
