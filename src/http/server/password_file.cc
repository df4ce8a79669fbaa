#include "http/server/password_file.h"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/sha256.h"
#include "os/file.h"

namespace tare::http {
namespace {

constexpr size_t kRememberedLimit = 1024;
// Checked for unknown users, so that the time of an answer does not tell who exists.
constexpr const char* kNobody = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

bool is_checkable(std::string_view hash) {
  constexpr std::array<std::string_view, 6> kPrefixes{"$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](auto prefix) { return hash.starts_with(prefix); });
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

struct PasswordFile::Remembered {
  std::mutex mutex;
  std::set<std::string> digests;  // of credentials that were right
};

PasswordFile::PasswordFile(std::map<std::string, std::string, std::less<>> hashes)
    : hashes_(std::move(hashes)), remembered_(std::make_unique<Remembered>()) {}
PasswordFile::PasswordFile(PasswordFile&&) noexcept = default;
PasswordFile& PasswordFile::operator=(PasswordFile&&) noexcept = default;
PasswordFile::~PasswordFile() = default;

Result<PasswordFile> PasswordFile::load(const std::string& path) {
  const auto text = TRY(os::read_file(path, size_t{1} << 20));
  return parse(text, path);
}

Result<PasswordFile> PasswordFile::parse(std::string_view text, std::string_view name) {
  std::map<std::string, std::string, std::less<>> hashes;
  int number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const std::string_view entry = trim(line);
    if (entry.empty() || entry.front() == '#') continue;
    const auto parts = cut(entry, ':');
    if (!parts || parts->first.empty() || !is_checkable(parts->second)) {
      return Failure(ErrorKind::kInvalidArgument, "{}:{}: not \"user:hash\" with a bcrypt hash", name, number)
          .with_hint("make the line with `htpasswd -nB USER`");
    }
    hashes.insert_or_assign(std::string(parts->first), std::string(parts->second));
  }
  if (hashes.empty()) return Failure(ErrorKind::kInvalidArgument, "{}: has no users", name);
  return PasswordFile(std::move(hashes));
}

bool PasswordFile::accepts(std::optional<std::string_view> authorization) const {
  const auto parts = cut(authorization.value_or(""), ' ');
  if (!parts || to_lower(parts->first) != "basic") return false;
  const auto credentials = codec::decode_base64(trim(parts->second));
  if (!credentials.ok()) return false;
  const std::string digest = codec::sha256_hex(*credentials);
  {
    const std::lock_guard lock(remembered_->mutex);
    if (remembered_->digests.contains(digest)) return true;
  }
  if (!check(*credentials)) return false;
  const std::lock_guard lock(remembered_->mutex);
  if (remembered_->digests.size() < kRememberedLimit) remembered_->digests.insert(digest);
  return true;
}

bool PasswordFile::check(std::string_view credentials) const {
  const auto parts = cut(credentials, ':');
  if (!parts || parts->second.find('\0') != std::string_view::npos) return false;
  const auto user = hashes_.find(parts->first);
  const std::string expected = user != hashes_.end() ? user->second : kNobody;
  const auto scratch = std::make_unique<crypt_data>();  // 32 KiB
  const char* actual = ::crypt_r(std::string(parts->second).c_str(), expected.c_str(), scratch.get());
  return actual != nullptr && equal_in_constant_time(actual, expected) && user != hashes_.end();
}

}  // namespace tare::http
