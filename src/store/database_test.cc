#include "store/database.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <latch>
#include <thread>

#include "store/schema.h"
#include "store/store.h"
#include "store/testing.h"

namespace tare::store {
namespace {

using testing::must;

TEST(Database, KeepsWhatWasCommittedAndDropsTheRest) {
  const testing::ScratchDirectory scratch;
  auto database = must(Database::open(scratch / "db"));
  must(database.execute("CREATE TABLE t(name TEXT UNIQUE, number INTEGER)"));
  {
    auto transaction = must(database.begin());
    must(must(database.prepare("INSERT INTO t VALUES(?, ?)")).bind("a").bind(int64_t{1}).run());
    must(transaction.commit());
  }
  {
    auto transaction = must(database.begin());
    must(database.execute("DELETE FROM t"));
  }
  auto rows = must(database.prepare("SELECT name, number FROM t"));
  ASSERT_TRUE(must(rows.step()));
  EXPECT_EQ(rows.text(0), "a");
  EXPECT_EQ(rows.integer(1), 1);
  EXPECT_FALSE(must(rows.step()));
}

TEST(Database, NestedTransactionIsUndoneAlone) {
  const testing::ScratchDirectory scratch;
  auto database = must(Database::open(scratch / "db"));
  must(database.execute("CREATE TABLE t(name TEXT)"));
  auto outer = must(database.begin());
  must(database.execute("INSERT INTO t VALUES('outer')"));
  {
    auto inner = must(database.begin());
    must(database.execute("INSERT INTO t VALUES('inner')"));
  }
  must(outer.commit());
  auto rows = must(database.prepare("SELECT group_concat(name) FROM t"));
  ASSERT_TRUE(must(rows.step()));
  EXPECT_EQ(rows.text(0), "outer");
}

TEST(Database, ViolatedUniqueIsAlreadyExists) {
  const testing::ScratchDirectory scratch;
  auto database = must(Database::open(scratch / "db"));
  must(database.execute("CREATE TABLE t(name TEXT UNIQUE)"));
  must(must(database.prepare("INSERT INTO t VALUES(?)")).bind("a").run());
  const auto again = must(database.prepare("INSERT INTO t VALUES(?)")).bind("a").run();
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind(), ErrorKind::kAlreadyExists);
}

TEST(Database, TextKeepsNulBytes) {
  const testing::ScratchDirectory scratch;
  auto database = must(Database::open(scratch / "db"));
  auto row = must(database.prepare("SELECT ?, NULL"));
  ASSERT_TRUE(must(row.bind(std::string_view("a\0b", 3)).step()));
  EXPECT_EQ(row.text(0), std::string("a\0b", 3));
  EXPECT_FALSE(row.optional_text(1).has_value());
}

TEST(Database, TrimsALongLogAndKeepsAShortOne) {
  const testing::ScratchDirectory scratch;
  auto database = must(Database::open(scratch / "db"));
  must(database.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(v TEXT)"));
  const auto log_size = [&] { return std::filesystem::file_size(scratch / "db-wal"); };
  const auto before = log_size();
  database.trim_log();
  EXPECT_EQ(log_size(), before);
  must(database.execute("INSERT INTO t VALUES (hex(zeroblob(300000)))"));
  EXPECT_GT(log_size(), 600'000U);
  database.trim_log();
  EXPECT_GT(log_size(), 0U);  // the next one is begun
  EXPECT_LT(log_size(), 3 * 4200U);
  auto reader = must(Database::open(scratch / "db"));
  auto query = must(reader.prepare("SELECT length(v) FROM t"));
  ASSERT_TRUE(must(query.step()));
  EXPECT_EQ(query.integer(0), 600'000);
}

TEST(Database, ALongLogEndsWithTheStoreThatWroteIt) {
  const testing::ScratchDirectory scratch;
  const std::string root = scratch / "store";
  const auto log_size = [&] { return std::filesystem::file_size(root + "/tare.db-wal"); };
  {
    auto store = must(Store::open(root));
    must(store.database().execute("CREATE TABLE t(v TEXT); INSERT INTO t VALUES (hex(zeroblob(600000)))"));
    EXPECT_GT(log_size(), 1'200'000U);
  }
  EXPECT_LT(log_size(), 3 * 4200U);
}

TEST(Schema, RefusesANewerStore) {
  const testing::ScratchDirectory scratch;
  const std::string root = scratch / "store";
  must(must(open_store_database(root)).execute("PRAGMA user_version=999"));
  const auto again = open_store_database(root);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind(), ErrorKind::kUnsupported);
}

// Each connection takes its own locks, as another process would.
TEST(Schema, IsMadeOnceByManyWhoBeginTogether) {
  for (int round = 0; round < 20; ++round) {
    const testing::ScratchDirectory scratch;
    const std::string root = scratch / "store";
    std::latch begin(4);
    std::vector<std::string> reasons(4);
    std::vector<std::thread> makers;
    for (auto& reason : reasons) {
      makers.emplace_back([&] {
        begin.arrive_and_wait();
        const auto opened = open_store_database(root);
        if (!opened.ok()) reason = opened.error().text();
      });
    }
    for (auto& maker : makers) maker.join();
    for (const auto& reason : reasons) EXPECT_EQ(reason, "");
  }
}

TEST(Schema, CompletesAStoreWhoseCreationWasInterrupted) {
  const testing::ScratchDirectory scratch;
  const std::string root = scratch / "store";
  must(os::make_directories(root));
  must(must(Database::open(root + "/tare.db")).execute("PRAGMA journal_mode=WAL"));
  auto database = must(open_store_database(root));
  EXPECT_TRUE(os::exists(root + "/oci-layout"));
  must(database.execute("SELECT * FROM image"));
}

}  // namespace
}  // namespace tare::store
