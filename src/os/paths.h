// Where this user's containers, images and sockets live (ARCHITECTURE.md, "Where things are").
#pragma once

#include <string>

#include "base/result.h"

namespace tare::os {

struct Paths {
  std::string data;  // TARE_ROOT, /var/lib/tare, or $XDG_DATA_HOME/tare
  std::string run;   // TARE_RUN_ROOT, /run/tare, or $XDG_RUNTIME_DIR/tare; gone after a reboot where it can be
  std::string store() const { return data + "/store"; }
  std::string containers() const { return data + "/containers"; }
  std::string run_containers() const { return run + "/containers"; }
};

// From the environment; absolute. An ordinary user without HOME is refused. Inside our own user namespace (where the
// user id is 0 but TARE_ROOTLESS_UID is set) it is still the ordinary user's.
Result<Paths> find_paths();

// Whatever is first in it. It lets others through: resolvers and what a container shares run as somebody else.
Result<void> make_data_directory(const std::string& path);

// A program of ours: beside the running one (/proc/self/exe), so that a build directory works uninstalled; else beside
// the path that it was called by (a guarded program's file has none, guarded_program.h); else in PATH, where a program
// that embeds the engine finds it.
Result<std::string> find_own_program(const std::string& name);

}  // namespace tare::os
