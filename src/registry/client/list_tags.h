// The tags of a repository, over as many pages as the registry makes of them.
#pragma once

#include <string>
#include <vector>

#include "registry/client/session.h"

namespace tare::registry {

Result<std::vector<std::string>> list_tags(Session& session);
// The target of a Link header's rel="next" (RFC 8288); empty when there is none.
std::string next_page(const std::string& link);

}  // namespace tare::registry
