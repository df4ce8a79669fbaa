#include "build/context/tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"

namespace tare::build {
namespace {

class SelectTrees : public testing::Test {
 protected:
  SelectTrees() : path_(os::make_temporary_directory(testing::TempDir(), "tree-").value()) {
    root_ = os::open(path_, O_RDONLY | O_DIRECTORY).value();
    for (const auto* name : {"a.txt", "b.txt", "src/main.go", "src/deep/x.go", "src/skip/y.go"}) write(name);
    EXPECT_EQ(::symlink("src/main.go", (path_ + "/link").c_str()), 0);
    EXPECT_EQ(::symlink("/etc/passwd", (path_ + "/out").c_str()), 0);
    EXPECT_EQ(::symlink("..", (path_ + "/src/up").c_str()), 0);
  }
  ~SelectTrees() override { (void)os::remove_tree(path_).ok(); }

  void write(const std::string& name) const {
    const auto path = formatted("{}/{}", path_, name);
    ASSERT_TRUE(os::make_directories(path.substr(0, path.find_last_of('/'))).ok());
    ASSERT_TRUE(os::write_file_atomic(path, name).ok());
  }

  std::vector<std::string> select(std::string_view source, const IgnoreRules& rules = {}) const {
    std::vector<std::string> result;
    const auto trees = select_trees(root_, source, rules);
    if (!trees.ok()) return {"error: " + trees.error().text()};
    for (const auto& tree : *trees) {
      for (const auto& entry : tree.entries) result.push_back(tree.top + ":" + entry.path);
    }
    return result;
  }

  std::string path_;
  UniqueFd root_;
};

using Paths = std::vector<std::string>;

TEST_F(SelectTrees, TakesFilesAndFoldersInOrder) {
  EXPECT_EQ(select("a.txt"), (Paths{"a.txt:"}));
  EXPECT_EQ(select("src"),
            (Paths{"src:", "src:deep", "src:deep/x.go", "src:main.go", "src:skip", "src:skip/y.go", "src:up"}));
  EXPECT_EQ(select("."), select("/"));
}

TEST_F(SelectTrees, PatternsMatchNamesInOneFolder) {
  EXPECT_EQ(select("*.txt"), (Paths{"a.txt:", "b.txt:"}));
  EXPECT_EQ(select("s*/ma?n.go"), (Paths{"src/main.go:"}));
  EXPECT_NE(select("*.none")[0].find("no file matches *.none"), std::string::npos);
}

TEST_F(SelectTrees, NamedSymlinksAreFollowedInsideTheRootOnly) {
  EXPECT_EQ(select("link"), (Paths{"src/main.go:"}));
  EXPECT_NE(select("out")[0].find("error"), std::string::npos);  // there is no etc/passwd below the root
  EXPECT_EQ(select("../../a.txt"), (Paths{"a.txt:"}));
}

TEST_F(SelectTrees, IgnoredFilesAreNotThere) {
  const auto rules = IgnoreRules::parse("f", "src/skip\n*.txt\n!b.txt\n").value();
  EXPECT_EQ(select("*.txt", rules), (Paths{"b.txt:"}));
  EXPECT_NE(select("a.txt", rules)[0].find("error"), std::string::npos);
  EXPECT_EQ(select("src", rules), (Paths{"src:", "src:deep", "src:deep/x.go", "src:main.go", "src:up"}));
}

TEST_F(SelectTrees, AnIgnoredFolderStaysForWhatWasTakenBack) {
  const auto rules = IgnoreRules::parse("f", "src\n!src/deep/x.go\n").value();
  EXPECT_EQ(select("src", rules), (Paths{"src:", "src:deep", "src:deep/x.go"}));
}

}  // namespace
}  // namespace tare::build
