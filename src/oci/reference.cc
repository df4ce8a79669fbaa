// The grammar is distribution/reference's, written out by hand: std::regex recurses per character and could be made to
// overflow the stack by a long name.
#include "oci/reference.h"

#include <algorithm>

namespace tare::oci {
namespace {

constexpr std::string_view kDefaultRegistry = "docker.io";
constexpr std::string_view kOfficialPrefix = "library/";
constexpr size_t kLongestName = 255;
constexpr size_t kLongestTag = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alphanumeric(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
bool is_word(char c) { return is_alphanumeric(c) || c == '_'; }

bool all(std::string_view text, bool (*test)(char)) { return std::all_of(text.begin(), text.end(), test); }
bool has_upper(std::string_view text) { return std::any_of(text.begin(), text.end(), is_upper); }

Error invalid(std::string_view text, std::string_view reason) {
  return Failure(ErrorKind::kInvalidArgument, "invalid reference format: {}: '{}'", reason, text);
}

bool is_domain_component(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-') return false;
  return all(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_address_v6(std::string_view text) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
  return all(text.substr(1, text.size() - 2),
             [](char c) { return is_digit(c) || c == ':' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

bool is_domain(std::string_view text) {
  const size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
  if (has_port) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || !all(port, is_digit)) return false;
    text = text.substr(0, colon);
  }
  if (is_address_v6(text)) return true;
  const auto components = split(text, '.');
  return std::all_of(components.begin(), components.end(), is_domain_component);
}

// The separators within a path component: one of ". _", or "__", or any number of "-".
bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__" || all(text, [](char c) { return c == '-'; });
}

bool is_path_component(std::string_view text) {
  const auto is_plain = [](char c) { return is_digit(c) || is_lower(c); };
  if (text.empty() || !is_plain(text.front()) || !is_plain(text.back())) return false;
  size_t start = 0;
  while (start < text.size()) {
    const auto run_start = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(), is_plain);
    const auto run_end = std::find_if(run_start, text.end(), is_plain);
    if (!is_separator({run_start, run_end})) return false;
    start = static_cast<size_t>(run_end - text.begin());
  }
  return true;
}

Result<void> check_repository(std::string_view text, std::string_view repository) {
  if (has_upper(repository)) return invalid(text, "repository name must be lowercase");
  for (const std::string& component : split(repository, '/')) {
    if (component.empty()) return invalid(text, "repository name has an empty component");
    if (!is_path_component(component)) return invalid(text, formatted("bad repository name component '{}'", component));
  }
  return {};
}

Result<void> check_tag(std::string_view text, std::string_view tag) {
  if (tag.empty()) return invalid(text, "the tag is empty");
  if (tag.size() > kLongestTag) return invalid(text, "the tag has more than 128 characters");
  const bool valid = is_word(tag[0]) && all(tag, [](char c) { return is_word(c) || c == '.' || c == '-'; });
  if (!valid) return invalid(text, formatted("bad tag '{}'", tag));
  return {};
}

// Whether the text before the first slash names a registry: Docker's rule. Otherwise it is part of the repository.
bool names_registry(std::string_view first) {
  return first.find_first_of(".:") != std::string_view::npos || first == "localhost" || has_upper(first);
}

struct Location {
  std::string registry;
  std::string rest;  // repository and tag
};

Location split_registry(std::string_view name) {
  const auto parts = cut(name, '/');
  const bool has_registry = parts && names_registry(parts->first);
  Location location{std::string(has_registry ? parts->first : kDefaultRegistry),
                    std::string(has_registry ? parts->second : name)};
  if (location.registry == "index.docker.io") location.registry = kDefaultRegistry;
  const bool official = location.registry == kDefaultRegistry && location.rest.find('/') == std::string::npos;
  if (official) location.rest.insert(0, kOfficialPrefix);
  return location;
}

bool is_image_id(std::string_view text) {
  return text.size() == 64 && all(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<ImageReference> ImageReference::parse(std::string_view text) {
  if (text.empty()) return Failure(ErrorKind::kInvalidArgument, "invalid reference format: the name is empty");
  if (is_image_id(text)) {
    return Failure(ErrorKind::kInvalidArgument,
                   "invalid repository name ({}), cannot specify 64-byte hexadecimal strings", text);
  }
  ImageReference reference;
  const auto digest_parts = cut(text, '@');
  const std::string_view name = digest_parts ? digest_parts->first : text;
  if (digest_parts) {
    auto digest = Digest::parse(digest_parts->second);
    if (!digest.ok()) return std::move(digest).error().context("invalid reference format");
    reference.digest_ = std::move(digest).value();
  }
  const Location location = split_registry(name);
  const auto tag_parts = cut(location.rest, ':');
  reference.registry_ = location.registry;
  reference.repository_ = tag_parts ? tag_parts->first : location.rest;
  if (reference.repository_.empty() || location.rest == kOfficialPrefix) return invalid(text, "the name is empty");
  TRY(check_repository(text, reference.repository_));
  if (!is_domain(reference.registry_)) return invalid(text, formatted("bad registry name '{}'", reference.registry_));
  if (reference.registry_.size() + 1 + reference.repository_.size() > kLongestName) {
    return invalid(text, "repository name must not be more than 255 characters");
  }
  if (tag_parts) {
    TRY(check_tag(text, tag_parts->second));
    reference.tag_ = std::string(tag_parts->second);
  } else if (!reference.digest_) {
    reference.tag_ = "latest";
  }
  return reference;
}

namespace {

std::string with_suffixes(std::string name, const std::optional<std::string>& tag,
                          const std::optional<Digest>& digest) {
  if (tag) name += ":" + *tag;
  if (digest) name += "@" + digest->string();
  return name;
}

}  // namespace

std::string ImageReference::canonical() const { return with_suffixes(registry_ + "/" + repository_, tag_, digest_); }

std::string ImageReference::familiar() const { return with_suffixes(familiar_name(), tag_, digest_); }

std::string ImageReference::familiar_name() const {
  if (registry_ != kDefaultRegistry) return registry_ + "/" + repository_;
  const bool official =
      repository_.starts_with(kOfficialPrefix) && repository_.find('/', kOfficialPrefix.size()) == std::string::npos;
  return official ? repository_.substr(kOfficialPrefix.size()) : repository_;
}

ImageReference ImageReference::with_digest(Digest digest) const {
  ImageReference reference = *this;
  reference.digest_ = std::move(digest);
  reference.tag_.reset();
  return reference;
}

ImageReference ImageReference::with_tag(std::string tag) const {
  ImageReference reference = *this;
  reference.tag_ = std::move(tag);
  reference.digest_.reset();
  return reference;
}

}  // namespace tare::oci
