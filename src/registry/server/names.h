// The grammars of the OCI distribution specification, "Pulling manifests". A name that passes is safe as a path: no
// component is empty, "." or "..", or begins with '_', which is kept for our own folders.
#pragma once

#include <string_view>

namespace tare::registry {

bool is_repository_name(std::string_view text);  // at most 255 characters
bool is_tag(std::string_view text);
bool is_upload_id(std::string_view text);  // a UUID as we make them

}  // namespace tare::registry
