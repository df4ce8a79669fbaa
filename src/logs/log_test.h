// A scratch log directory for tests, and everything that a reader gives, one string per entry.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "logs/files.h"
#include "logs/reader.h"
#include "logs/writer.h"
#include "os/file.h"

namespace tare::logs {

class LogTest : public testing::Test {
 protected:
  LogTest() : parent_(os::make_temporary_directory("/tmp", "tare-logs-").value()), directory_(parent_ + "/log") {}
  ~LogTest() override { (void)os::remove_tree(parent_); }

  static TimePoint at(int64_t seconds) { return TimePoint(std::chrono::seconds(1'800'000'000 + seconds)); }
  Writer open_writer(Limits limits = {}) { return Writer::open(directory_, limits).value(); }

  // "o:text\n" or "e:text\n", without the newline where there was none.
  static std::string show(const Entry& entry) {
    return (entry.stream == Stream::kStdout ? "o:" : "e:") + std::string(entry.text) + (entry.newline ? "\n" : "");
  }
  std::vector<std::string> read(ReadOptions options = {}) {
    auto reader = Reader::open(directory_, options).value();
    std::vector<std::string> entries;
    while (const auto entry = reader.next().value()) entries.push_back(show(*entry));
    return entries;
  }
  std::string content() { return os::read_file(directory_ + "/" + kCurrentName).value(); }
  void append_raw(const std::string& bytes) {
    ASSERT_TRUE(os::make_directories(directory_));
    const std::string path = directory_ + "/" + kCurrentName;
    const auto before = os::exists(path) ? content() : "";
    ASSERT_TRUE(os::write_file_atomic(path, before + bytes));
  }

  std::string parent_;
  std::string directory_;
};

}  // namespace tare::logs
