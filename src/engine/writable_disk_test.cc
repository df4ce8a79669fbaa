#include "engine/writable_disk.h"

#include <gtest/gtest.h>

namespace tare::engine {
namespace {

ContainerOptions with(const std::string& key, const std::string& value) {
  ContainerOptions options;
  options.storage_options[key] = value;
  return options;
}

TEST(WritableDisk, ReadsItsSize) {
  EXPECT_FALSE(parse_storage_size({})->has_value());
  EXPECT_EQ(parse_storage_size(with("size", "10M")).value(), uint64_t{10} << 20);
  for (const char* wrong : {"", "0", "10", "much", "-1", "1000t"}) {
    EXPECT_FALSE(parse_storage_size(with("size", wrong)).ok()) << wrong;
  }
  EXPECT_NE(parse_storage_size(with("quota", "1g")).error().text().find("quota"), std::string::npos);
}

TEST(WritableDisk, CountsWhatAFreshFileSystemHasFree) {
  std::string block(1024, '\0');
  EXPECT_FALSE(parse_ext4_free_bytes(block).ok());
  EXPECT_FALSE(parse_ext4_free_bytes("").ok());
  block[0x38] = '\x53';
  block[0x39] = '\xef';
  block[0x18] = 2;                     // blocks of 4 KiB
  block[0x05] = block[0x0d] = '\x04';  // 1024 blocks, all of them free
  EXPECT_EQ(parse_ext4_free_bytes(block).value(), (1024 - 20) * 4096U);
  block[0x0d] = 0;
  block[0x0c] = 7;  // less than what the kernel sets aside
  EXPECT_EQ(parse_ext4_free_bytes(block).value(), 0U);
}

}  // namespace
}  // namespace tare::engine
