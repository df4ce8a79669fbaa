// A process that is killed at any point leaves a store that works: the child dies by SIGKILL at a given step, the
// parent opens the store again and does the same work to its end.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <memory>

#include "store/failpoint.h"
#include "store/testing.h"

namespace tare::store {
namespace {

using testing::Archive;
using testing::must;

std::string layer_tar(int number) {
  Archive archive;
  archive.directory("d");
  for (int i = 0; i < 20; ++i)
    archive.file(formatted("d/{}-{}", number, i), std::string(3000, static_cast<char>('a' + number)));
  return archive.bytes();
}

// Dies after `limit` bytes were read from it.
class DeadlySource : public ByteSource {
 public:
  DeadlySource(std::string bytes, size_t limit) : inner_(std::move(bytes)), left_(limit) {}
  Result<size_t> read(std::span<std::byte> buffer) override {
    if (left_ == 0) ::raise(SIGKILL);
    const size_t got = TRY(inner_.read(buffer.first(std::min(buffer.size(), left_))));
    left_ -= got;
    return got;
  }

 private:
  testing::OwnedSource inner_;
  size_t left_;
};

void make_image(const std::string& root) {
  auto store = must(Store::open(root));
  std::vector<oci::Descriptor> layers;
  for (int number : {1, 2}) layers.push_back(testing::add_layer(store, layer_tar(number)));
  testing::add_image(store, "shop/hello:1", layers);
}

// True: `work` was killed; false: it ended by itself.
bool is_killed(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

void die_at(int step) {
  static std::function<void(std::string_view)> handler;
  handler = [count = 0, step](std::string_view) mutable {
    if (count++ == step) ::raise(SIGKILL);
  };
  failpoint_handler = &handler;
}

// Only what the image needs is left, and it is whole.
void check_whole(const std::string& root) {
  make_image(root);
  auto store = must(Store::open(root));
  const auto image = must(store.find_image("shop/hello:1"));
  must(store.collect_garbage(true));
  const auto lower = must(store.lower_layers(image.config.diff_ids));
  EXPECT_EQ(must(os::list_directory(root + "/layers")).size(), 2u);
  EXPECT_EQ(must(os::list_directory(root + "/blobs/sha256")).size(), 4u);
  EXPECT_EQ(must(os::list_directory(root + "/ingest")), std::vector<std::string>{});
  for (const auto& name : lower.names) {
    EXPECT_EQ(must(os::list_directory(formatted("{}/{}/d", lower.directory, name))).size(), 20u);
  }
  for (const auto& layer : image.manifest.layers) EXPECT_EQ(must(store.read_blob(layer.digest)).size(), layer.size);
}

TEST(Crash, KilledAtEachStepOfAPull) {
  int step = 0;
  for (bool killed = true; killed; ++step) {
    const testing::ScratchDirectory scratch;
    const std::string root = scratch / "store";
    killed = is_killed([&] {
      die_at(step);
      make_image(root);
    });
    check_whole(root);
    ASSERT_LT(step, 100);
  }
  EXPECT_GT(step, 6) << "the steps were not reached";
}

TEST(Crash, KilledWhileALayerArrives) {
  const std::string tar = layer_tar(1);
  const auto descriptor = testing::describe(oci::media_type::kOciLayer, tar);
  for (size_t limit : {size_t{0}, size_t{1}, size_t{5000}, tar.size() / 2, tar.size() - 1}) {
    const testing::ScratchDirectory scratch;
    const std::string root = scratch / "store";
    const bool killed = is_killed([&] {
      auto store = must(Store::open(root));
      must(store.ingest_layer(descriptor, descriptor.digest, [&](uint64_t) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(std::make_unique<DeadlySource>(tar, limit));
      }));
    });
    EXPECT_TRUE(killed);
    uint64_t resumed_at = 0;
    auto store = must(Store::open(root));
    must(store.ingest_layer(descriptor, descriptor.digest, [&](uint64_t offset) {
      resumed_at = offset;
      return testing::serve(tar)(offset);
    }));
    EXPECT_EQ(resumed_at, limit);
    EXPECT_TRUE(store.has_layer(descriptor.digest));
  }
}

TEST(Crash, KilledAtEachStepOfACommit) {
  int step = 0;
  for (bool killed = true; killed; ++step) {
    const testing::ScratchDirectory scratch;
    const std::string root = scratch / "store";
    const auto commit = [&] {
      auto store = must(Store::open(root));
      const std::string tar = layer_tar(3);
      MemorySource source(tar);
      must(store.commit_layer_tar(source));
    };
    killed = is_killed([&] {
      die_at(step);
      commit();
    });
    commit();
    check_whole(root);
  }
  EXPECT_GT(step, 1);
}

TEST(Crash, LeasesOfTheDeadDoNotCount) {
  const testing::ScratchDirectory scratch;
  const std::string root = scratch / "store";
  EXPECT_TRUE(is_killed([&] {
    auto store = must(Store::open(root));
    const auto lease = must(store.lease());
    testing::add_layer(store, layer_tar(1));
    ::raise(SIGKILL);
  }));
  auto store = must(Store::open(root));
  EXPECT_GT(must(store.collect_garbage(false)).bytes, 0u);
  EXPECT_TRUE(must(os::list_directory(root + "/layers")).empty());
  EXPECT_TRUE(must(os::list_directory(root + "/leases")).empty());
}

}  // namespace
}  // namespace tare::store
