// docker-credential-NAME: a program that keeps secrets in a keychain. The verb is its argument, the server (or for
// "store" a JSON object) its standard input, the answer its standard output.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "registry/client/credentials.h"

namespace tare::registry {

Result<std::optional<Credentials>> ask_helper(const std::string& name, const std::string& server);
Result<void> tell_helper(const std::string& name, const std::string& server, const Credentials& credentials);
Result<bool> erase_from_helper(const std::string& name, const std::string& server);  // false: it had none

}  // namespace tare::registry
