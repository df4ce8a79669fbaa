// An image archive (`docker save`, OCI layout in a tar, either of them compressed) that is read twice: first for its
// documents, which come last in some, then for its layers, in the order in which they are stored.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/stream.h"
#include "codec/tar.h"
#include "store/store.h"

namespace tare::image {

class ImageArchive {
 public:
  // A regular, uncompressed file is read in place; anything else is written to a file in the store's work directory.
  // An empty `path` is standard input.
  static Result<ImageArchive> open(store::Store& store, const std::string& path);

  // JSON documents by their cleaned names ("manifest.json", "blobs/sha256/…").
  const std::map<std::string, std::string>& documents() const { return documents_; }
  // Old archives have a layer once and symlinks to it: the name under which the data is.
  std::string resolve(const std::string& name) const;
  // Calls `use` for each regular file with a reader that stands at its data.
  using Use = std::function<Result<void>(const std::string& name, uint64_t size, codec::TarReader& reader)>;
  Result<void> for_each_file(const Use& use) const;

 private:
  ImageArchive(UniqueFd file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  Result<void> read_documents();
  Result<void> read_document(const std::string& name, codec::TarReader& reader);

  UniqueFd file_;
  std::string name_;
  std::map<std::string, std::string> documents_;
  std::map<std::string, std::string> links_;
};

}  // namespace tare::image
