// The OCI distribution API over a folder: requests in, replies out, no sockets.
//
//   Registry registry(TRY(Storage::open(root)), std::nullopt);
//   http::Server::listen(options, [&](http::Request& request) { return registry.answer(request); });
#pragma once

#include <optional>

#include "http/server/message.h"
#include "http/server/password_file.h"
#include "registry/server/storage.h"
#include "registry/server/upload.h"

namespace tare::registry {

// Threads: `answer` may run in many at once.
class Registry {
 public:
  explicit Registry(Storage storage, std::optional<http::PasswordFile> passwords = std::nullopt)
      : storage_(std::move(storage)), passwords_(std::move(passwords)) {}

  http::Reply answer(http::Request& request);

  const Storage& storage() const { return storage_; }
  PartialHashes& hashes() { return hashes_; }

 private:
  Storage storage_;
  std::optional<http::PasswordFile> passwords_;  // nothing: everybody may do everything
  PartialHashes hashes_;
};

}  // namespace tare::registry
