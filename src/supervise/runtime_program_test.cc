#include "supervise/runtime_program.h"

#include <gtest/gtest.h>

namespace tare::supervise {
namespace {

TEST(RuntimeProgram, FindsTheLastErrorOfALog) {
  EXPECT_EQ(last_logged_error(""), "");
  EXPECT_EQ(last_logged_error("no json\n"), "");
  EXPECT_EQ(last_logged_error("{\"level\":\"warning\",\"msg\":\"careful\"}\n"), "");
  EXPECT_EQ(last_logged_error("{\"level\":\"error\",\"msg\":\"first\"}\n{\"level\":\"error\",\"msg\":\"second\"}\n"
                              "{\"level\":\"info\",\"msg\":\"third\"}\n"),
            "second");
  // crun's lines may have no level.
  EXPECT_EQ(last_logged_error("{\"msg\":\"cannot\",\"time\":\"now\"}"), "cannot");
  EXPECT_EQ(last_logged_error("{\"msg\":7}"), "");
}

TEST(RuntimeProgram, TellsCommandsThatCannotBeExecuted) {
  EXPECT_EQ(kind_of_failure("runc create failed: exec: \"nosuch\": executable file not found in $PATH"),
            ErrorKind::kNoExecutable);
  EXPECT_EQ(kind_of_failure("executable file `nosuch` not found in $PATH: No such file or directory"),
            ErrorKind::kNoExecutable);
  EXPECT_EQ(kind_of_failure("exec /nosuch: stat /nosuch: no such file or directory"), ErrorKind::kNoExecutable);
  EXPECT_EQ(kind_of_failure("exec: \"/etc\": is a directory"), ErrorKind::kNotExecutable);
  EXPECT_EQ(kind_of_failure("exec: \"/etc/passwd\": permission denied"), ErrorKind::kNotExecutable);
  EXPECT_EQ(kind_of_failure("open executable: Operation not permitted"), ErrorKind::kNotExecutable);
  EXPECT_EQ(kind_of_failure("open /sys/fs/cgroup: permission denied"), ErrorKind::kInternal);
}

}  // namespace
}  // namespace tare::supervise
