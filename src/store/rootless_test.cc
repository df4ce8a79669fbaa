// The store of an ordinary user: everything happens in a user namespace with a single id, the least that there is.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "store/database.h"
#include "store/testing.h"

namespace tare::store {
namespace {

using codec::TarType;
using testing::Archive;
using testing::must;

void enter_user_namespace() {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(77);
  must(os::write_file("/proc/self/setgroups", "deny"));
  must(os::write_file("/proc/self/uid_map", formatted("0 {} 1", uid)));
  must(os::write_file("/proc/self/gid_map", formatted("0 {} 1", gid)));
}

// Exit code of `work` in a child in a user namespace.
int run_in_user_namespace(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      enter_user_namespace();
      work();
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void demand(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

void check_unpacked(const std::string& root) {
  auto store = must(Store::open(root + "/store"));
  Archive base;
  base.directory("d").file("d/gone", "1").directory("o").file("o/x", "1");
  Archive top;
  top.add({.type = TarType::kFile, .path = "foreign", .mode = 04755, .uid = 1234, .gid = 5, .size = 1}, "x");
  top.add({.type = TarType::kCharacterDevice, .path = "null", .mode = 0666, .device_major = 1, .device_minor = 3});
  top.directory("d").file("d/.wh.gone", "").directory("o").file("o/.wh..wh..opq", "").file("o/y", "2");
  const auto lower = must(store.lower_layers(
      {testing::add_layer(store, base.bytes()).digest, testing::add_layer(store, top.bytes()).digest}));
  const std::string path = formatted("{}/{}", lower.directory, lower.names.front());
  const auto status = must(os::link_status(path + "/foreign"));
  demand(status.st_uid == 0 && (status.st_mode & 07777) == 04755, "an owner without an id becomes root");
  demand(!os::exists(path + "/null"), "devices are left out");
  char value = 0;
  demand(::getxattr((path + "/o").c_str(), "user.overlay.opaque", &value, 1) == 1 && value == 'y', "opaque is user.*");
  auto rows = must(store.database().prepare("SELECT max(compromises) FROM layer"));
  demand(must(rows.step()) && rows.integer(0) == 2, "what was left out is counted");
  for (const char* name : {"/upper", "/work", "/merged"}) must(os::make_directory(root + name));
  const std::string options = formatted("userxattr,lowerdir={}/{}:{}/{},upperdir={}/upper,workdir={}/work",
                                        lower.directory, lower.names[0], lower.directory, lower.names[1], root, root);
  demand(::mount("overlay", (root + "/merged").c_str(), "overlay", 0, options.c_str()) == 0, "overlay mounts");
  demand(must(os::list_directory(root + "/merged/d")).empty(), "whiteouts hide");
  demand(must(os::list_directory(root + "/merged/o")) == std::vector<std::string>{"y"}, "opaque hides");
}

TEST(Rootless, ClosedDirectoriesAreFilledAndThenClosed) {
  const testing::ScratchDirectory scratch;
  const int code = run_in_user_namespace([&] {
    auto store = must(Store::open(scratch / "store"));
    Archive archive;
    archive.directory("d", 0555).directory("d/e", 0).file("d/e/f", "1").directory("d", 0511);
    const std::string path = testing::layer_path(store, testing::add_layer(store, archive.bytes()).digest);
    demand((must(os::link_status(path + "/d")).st_mode & 07777) == 0511, "the last mode counts");
    demand((must(os::link_status(path + "/d/e")).st_mode & 07777) == 0, "mode 0 stays");
    must(os::remove_tree(path));
  });
  if (code == 77) GTEST_SKIP() << "this kernel gives ordinary users no user namespaces";
  EXPECT_EQ(code, 0);
}

TEST(Rootless, LayersAreUnpackedInAUserNamespace) {
  const testing::ScratchDirectory scratch;
  const int code = run_in_user_namespace([&] { check_unpacked(scratch.path()); });
  if (code == 77) GTEST_SKIP() << "this kernel gives ordinary users no user namespaces";
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace tare::store
