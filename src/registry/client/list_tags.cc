#include "registry/client/list_tags.h"

#include "base/text.h"
#include "http/client/url.h"
#include "registry/client/response_error.h"
#include "registry/client/responses_json.h"

namespace tare::registry {
namespace {

constexpr size_t kPageLimit = size_t{4} << 20;
constexpr int kMaximumPages = 1000;  // a registry whose pages lead in a circle

}  // namespace

std::string next_page(const std::string& link) {
  const size_t open = link.find('<');
  const size_t close = link.find('>', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return "";
  const std::string parameters = link.substr(close + 1);
  const bool next =
      parameters.find("rel=\"next\"") != std::string::npos || parameters.find("rel=next") != std::string::npos;
  return next ? link.substr(open + 1, close - open - 1) : "";
}

Result<std::vector<std::string>> list_tags(Session& session) {
  std::vector<std::string> tags;
  std::string url = session.url("tags/list");
  for (int page = 0; page < kMaximumPages; ++page) {
    auto response = TRY(session.send({.url = url}));
    if (response.status != 200) return response_error(response, formatted("list the tags of {}", session.repository()));
    const std::string body = TRY(read_all(*response.body, kPageLimit));
    for (std::string& tag : TRY(parse_tags(body))) tags.push_back(std::move(tag));
    const std::string next = next_page(response.headers.find("Link").value_or(""));
    if (next.empty()) return tags;
    url = TRY(http::resolve_url(url, next));
  }
  return Failure(ErrorKind::kCorrupt, "{} has more than {} pages of tags", session.repository(), kMaximumPages);
}

}  // namespace tare::registry
