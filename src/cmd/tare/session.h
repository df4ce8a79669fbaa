// What every command begins with: the engine of this user.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace tare::cmd {

// Opens the engine at the directories of --root and --run-root; an ordinary user enters his user namespace first.
Result<engine::Engine> open_engine();

// The same for what enters a running container: an ordinary user's can only be entered from the user namespace that its
// own `tare run` made.
Result<engine::Engine> open_engine_beside(const std::string& container_name);

// Docker's way with many names: each is tried, its name is printed when it worked, its error when not; 1 if any failed.
Result<int> for_each_name(const std::vector<std::string>& names,
                          const std::function<Result<void>(const std::string&)>& act);

// Asks before something is removed for good; anything but "y" is no.
bool confirmed(const std::string& warning);

// Replaces this program by another of ours (`tare pull` is `tare-image pull`). Returns only when that fails.
Result<int> execute_own_program(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace tare::cmd
