// The parts of init that need no root: where things land below a root directory, and why an exec fails.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "os/file.h"
#include "runtime/init/copy_up.h"
#include "runtime/init/execute.h"
#include "runtime/init/mount_target.h"
#include "runtime/init/rootfs.h"

namespace tare::runtime {
namespace {

using ::testing::HasSubstr;

class InRoot : public ::testing::Test {
 protected:
  void SetUp() override { directory_ = *os::make_temporary_directory(::testing::TempDir(), "root"); }
  void TearDown() override { (void)os::remove_tree(directory_).ok(); }
  UniqueFd root() const { return os::open(directory_ + "/root", O_PATH | O_DIRECTORY).value_or(UniqueFd()); }
  std::string write(const std::string& name, const std::string& content, mode_t mode) const {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << content;
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::string directory_;
};

TEST_F(InRoot, TargetsAreMadeWithTheirParents) {
  ASSERT_TRUE(os::make_directory(directory_ + "/root").ok());
  ASSERT_TRUE(make_in_root(root(), "/a/b/file", TargetKind::kFile).ok());
  ASSERT_TRUE(make_in_root(root(), "/a/directory/", TargetKind::kDirectory).ok());
  EXPECT_TRUE(S_ISREG(os::status(directory_ + "/root/a/b/file")->st_mode));
  EXPECT_TRUE(S_ISDIR(os::status(directory_ + "/root/a/directory")->st_mode));
}

TEST_F(InRoot, SymlinksOfAnImageDoNotLeadOut) {
  ASSERT_TRUE(os::make_directory(directory_ + "/root").ok());
  ASSERT_TRUE(os::make_directory(directory_ + "/outside").ok());
  ASSERT_EQ(::symlink(directory_.c_str(), (directory_ + "/root/absolute").c_str()), 0);
  ASSERT_EQ(::symlink("../../../outside", (directory_ + "/root/relative").c_str()), 0);
  ASSERT_TRUE(make_in_root(root(), "/absolute/outside/x", TargetKind::kFile).ok());
  ASSERT_TRUE(make_in_root(root(), "/relative/y", TargetKind::kFile).ok());
  EXPECT_FALSE(os::exists(directory_ + "/outside/x"));
  EXPECT_FALSE(os::exists(directory_ + "/outside/y"));
  EXPECT_TRUE(os::exists(directory_ + "/root/outside/y"));
}

TEST_F(InRoot, ACircleOfSymlinksEnds) {
  ASSERT_TRUE(os::make_directory(directory_ + "/root").ok());
  ASSERT_EQ(::symlink("b", (directory_ + "/root/a").c_str()), 0);
  ASSERT_EQ(::symlink("a", (directory_ + "/root/b").c_str()), 0);
  EXPECT_FALSE(make_in_root(root(), "/a/x", TargetKind::kFile).ok());
}

TEST_F(InRoot, CopyUpKeepsKindsAndModes) {
  ASSERT_TRUE(os::make_directories(directory_ + "/from/d").ok());
  ASSERT_TRUE(os::make_directory(directory_ + "/to").ok());
  write("from/d/f", "text", 0640);
  ASSERT_EQ(::symlink("/etc/passwd", (directory_ + "/from/l").c_str()), 0);
  const auto from = os::open(directory_ + "/from", O_PATH);
  const auto to = os::open(directory_ + "/to", O_PATH);
  const auto copied = copy_up(*from, *to, "x");
  ASSERT_TRUE(copied.ok()) << copied.error().text();
  EXPECT_EQ(*os::read_file(directory_ + "/to/d/f"), "text");
  EXPECT_EQ(os::status(directory_ + "/to/d/f")->st_mode & 07777, 0640u);
  EXPECT_EQ(*os::read_link(directory_ + "/to/l"), "/etc/passwd");
}

TEST(OverlayOptions, AreEscapedAndBounded) {
  OverlayRoot overlay{"/l", {"a:b", "c"}, "/u,1", "/w", true};
  EXPECT_EQ(*overlay_options(overlay, false),
            "lowerdir=a\\:b:c,upperdir=/u\\,1,workdir=/w,volatile,redirect_dir=off,metacopy=off");
  EXPECT_THAT(*overlay_options({"/l", {"a", "b"}, "", "", false}, true), HasSubstr("userxattr"));
  overlay.lower_names.assign(500, "0123456789");
  EXPECT_EQ(overlay_options(overlay, false).error().kind(), ErrorKind::kExhausted);
}

using Diagnosis = InRoot;

TEST_F(Diagnosis, MissingThings) {
  const auto missing = diagnose_exec(directory_ + "/none", ENOENT);
  EXPECT_EQ(missing.kind(), ErrorKind::kNoExecutable);
  const auto interpreter = diagnose_exec(write("s", "#!/no/such -x\n", 0755), ENOENT);
  EXPECT_EQ(interpreter.kind(), ErrorKind::kNoExecutable);
  EXPECT_THAT(interpreter.text(), HasSubstr("interpreter /no/such does not exist"));
  const auto windows = diagnose_exec(write("w", "#!/bin/sh\r\necho\r\n", 0755), ENOENT);
  EXPECT_EQ(windows.kind(), ErrorKind::kNoExecutable);
  EXPECT_THAT(windows.text(), HasSubstr("carriage return"));
}

TEST_F(Diagnosis, ThingsThatCannotBeExecuted) {
  EXPECT_THAT(diagnose_exec(directory_, EACCES).text(), HasSubstr("is a directory"));
  EXPECT_THAT(diagnose_exec(write("t", "text", 0644), EACCES).text(), HasSubstr("no execute permission"));
  const auto text = diagnose_exec(write("x", "text", 0755), ENOEXEC);
  EXPECT_EQ(text.kind(), ErrorKind::kNotExecutable);
  EXPECT_THAT(text.text(), HasSubstr("neither a program nor a script"));
  EXPECT_THAT(diagnose_exec(write("e", "", 0755), ENOEXEC).text(), HasSubstr("empty"));
}

TEST_F(Diagnosis, ElfFiles) {
  std::string program(8192, '\0');  // not the whole, which is large with sanitizers
  ASSERT_TRUE(std::ifstream("/proc/self/exe").read(program.data(), static_cast<std::streamsize>(program.size())));
  std::string loader_gone = program;
  const auto at = loader_gone.find("/ld-linux");
  if (at != std::string::npos) {
    loader_gone.replace(at, 9, "/ld-absen");
    const auto loader = diagnose_exec(write("l", loader_gone, 0755), ENOENT);
    EXPECT_EQ(loader.kind(), ErrorKind::kNoExecutable);
    EXPECT_THAT(loader.text(), HasSubstr("loader"));
  }
  std::string foreign = program;
  foreign[18] = 0x16;  // s390
  foreign[19] = 0;
  const auto machine = diagnose_exec(write("m", foreign, 0755), ENOEXEC);
  EXPECT_EQ(machine.kind(), ErrorKind::kNotExecutable);
  EXPECT_THAT(machine.text(), HasSubstr("made for s390x"));
}

TEST_F(InRoot, NamesAreLookedUpInTheGivenPath) {
  write("tool", "", 0755);
  write("notes", "", 0644);
  const std::vector<std::string> environment = {"PATH=/nowhere:" + directory_};
  EXPECT_EQ(find_in_path("tool", environment), directory_ + "/tool");
  EXPECT_EQ(find_in_path("notes", environment), directory_ + "/notes") << "found, so that the refusal can say why";
  EXPECT_EQ(find_in_path("absent", environment), std::nullopt);
}

}  // namespace
}  // namespace tare::runtime
