#include "cmd/tare/session.h"

#include <unistd.h>

#include <iostream>

#include "base/log.h"
#include "os/error.h"
#include "os/file.h"
#include "os/paths.h"
#include "os/user_namespace.h"

namespace tare::cmd {

Result<engine::Engine> open_engine() {
  TRY(os::become_root_in_user_namespace());
  const auto paths = TRY(os::find_paths());
  TRY(os::make_directories(paths.run, 0711).context("make the run directory"));
  return engine::Engine::open(paths);
}

Result<engine::Engine> open_engine_beside(const std::string& container_name) {
  if (::geteuid() == 0) return open_engine();
  {
    const auto paths = TRY(os::find_paths());
    auto outside = TRY(engine::Engine::open(paths));
    const auto container = TRY(outside.find_container(container_name));
    if (container.running()) TRY(os::join_user_namespace_of(container.state.supervisor_pid));
  }
  return open_engine();
}

Result<int> for_each_name(const std::vector<std::string>& names,
                          const std::function<Result<void>(const std::string&)>& act) {
  int code = 0;
  for (const auto& name : names) {
    const auto done = act(name);
    if (done.ok()) {
      std::cout << name << std::endl;
      continue;
    }
    print_error(done.error());
    code = 1;
  }
  return code;
}

bool confirmed(const std::string& warning) {
  std::cout << "WARNING! " << warning << "\nAre you sure you want to continue? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y";
}

Result<int> execute_own_program(const std::string& program, const std::vector<std::string>& arguments) {
  const auto path = TRY(os::find_own_program(program));
  std::vector<char*> pointers = {const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  ::execv(path.c_str(), pointers.data());
  return os::last_error("execute", path);
}

}  // namespace tare::cmd
