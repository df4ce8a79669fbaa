// The file system that a step works on: an overlay of the layers so far. It is mounted nowhere: the mount lives in a
// descriptor, so that no kill can leave one behind.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "store/store.h"

namespace tare::build {

// The directories of one step, below the build's work directory; removed with the object.
class StepDirectory {
 public:
  static Result<StepDirectory> create(const std::string& work_directory);
  StepDirectory(StepDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  StepDirectory& operator=(StepDirectory&&) = delete;
  ~StepDirectory();

  const std::string& path() const { return path_; }
  std::string upper() const { return path_ + "/upper"; }  // what the step changes; mode 0755
  std::string work() const { return path_ + "/work"; }
  std::string empty() const { return path_ + "/empty"; }
  std::string mount_point() const { return path_ + "/merged"; }

 private:
  explicit StepDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

enum class TreeAccess { kReadOnly, kWritable };  // writable: changes go to the step's upper directory

// The top directory of the merged layers.
Result<UniqueFd> open_merged_tree(const store::LowerLayers& lower, const StepDirectory& step, TreeAccess access);

}  // namespace tare::build
