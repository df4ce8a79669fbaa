#include <gtest/gtest.h>

#include "engine/core.h"
#include "os/file.h"

namespace tare::engine {
namespace {

class ContainerListTest : public testing::Test {
 protected:
  ContainerListTest() : root_(os::make_temporary_directory("/tmp", "tare-list-").value()) {}
  ~ContainerListTest() override { (void)os::remove_tree(root_); }

  Engine open() { return Engine::open({.data = root_ + "/data", .run = root_ + "/run"}).value(); }

  void write_files(const std::string& id, const std::string& created) {
    const auto directory = root_ + "/data/containers/" + id;
    ASSERT_TRUE(os::make_directories(directory).ok());
    ContainerRecord record{.id = id, .created = created, .path = "sh", .arguments = {"-c", "true"}};
    record.options.image = "box:1";
    record.exposed_ports = {"80/tcp", "53/udp"};
    ASSERT_TRUE(os::write_file_atomic(directory + "/container.json", record.to_json()).ok());
  }

  std::string root_;
};

TEST_F(ContainerListTest, FillsTheRowsOfADatabaseThatHadOnlyNames) {
  write_files("aa", "2026-01-01T00:00:00Z");
  write_files("bb", "2026-01-02T00:00:00Z");
  {
    auto store = store::Store::open(root_ + "/data/store").value();
    ASSERT_TRUE(store.database()
                    .execute("CREATE TABLE containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) WITHOUT ROWID;"
                             "INSERT INTO containers VALUES ('aa', 'old'), ('bb', 'new'), ('cc', 'gone')")
                    .ok());
  }
  const auto listed = open().list_summaries().value();
  ASSERT_EQ(listed.size(), 2U);  // without the one that has no files
  EXPECT_EQ(listed[0].name, "new");
  EXPECT_EQ(listed[1].name, "old");
  EXPECT_EQ(listed[1].image, "box:1");
  EXPECT_EQ(listed[1].command, "sh -c true");
  EXPECT_EQ(listed[1].exposed_ports, (std::vector<std::string>{"80/tcp", "53/udp"}));
  EXPECT_EQ(listed[1].state.status, supervise::Status::kCreated);
  EXPECT_EQ(open().list_summaries().value().size(), 2U);
}

TEST_F(ContainerListTest, SaysWhatTheStateSays) {
  write_files("aa", "2026-01-01T00:00:00Z");
  auto store = store::Store::open(root_ + "/data/store").value();
  ASSERT_TRUE(store.database()
                  .execute("CREATE TABLE containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) WITHOUT ROWID;"
                           "INSERT INTO containers VALUES ('aa', 'one')")
                  .ok());
  const supervise::State state{.status = supervise::Status::kExited, .exit_code = 3};
  ASSERT_TRUE(os::write_file_atomic(root_ + "/data/containers/aa/state.json", state.to_json()).ok());
  const auto listed = open().list_summaries().value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_FALSE(listed[0].running());
  EXPECT_EQ(listed[0].state.exit_code, 3);
}

}  // namespace
}  // namespace tare::engine
