// HTTP basic authentication (RFC 7617) against a file that htpasswd(1) writes: "user:hash" lines, hashes as crypt(3)
// knows them (bcrypt from `htpasswd -B`; SHA-crypt and yescrypt too).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::http {

class PasswordFile {
 public:
  static Result<PasswordFile> load(const std::string& path);
  // The text of such a file; `name` is for messages. Refuses hashes that crypt(3) cannot check (MD5, plain text).
  static Result<PasswordFile> parse(std::string_view text, std::string_view name);
  PasswordFile(PasswordFile&&) noexcept;
  PasswordFile& operator=(PasswordFile&&) noexcept;
  ~PasswordFile();

  // Whether the value of an Authorization header names a user with the right password. From any thread. A pair that was
  // right once is remembered: bcrypt takes a tenth of a second by design, and clients send the header every time.
  bool accepts(std::optional<std::string_view> authorization) const;

 private:
  struct Remembered;
  explicit PasswordFile(std::map<std::string, std::string, std::less<>> hashes);
  bool check(std::string_view credentials) const;

  std::map<std::string, std::string, std::less<>> hashes_;  // by user
  std::unique_ptr<Remembered> remembered_;
};

}  // namespace tare::http
