// Error codes of the OCI distribution specification, "Error Codes", and the replies that carry them.
#pragma once

#include <string>
#include <string_view>

#include "http/server/message.h"

namespace tare::registry {

enum class Code {
  kBlobUnknown,
  kBlobUploadInvalid,
  kBlobUploadUnknown,
  kDigestInvalid,
  kManifestBlobUnknown,
  kManifestInvalid,
  kManifestUnknown,
  kNameInvalid,
  kNameUnknown,
  kSizeInvalid,
  kUnauthorized,
  kDenied,
  kUnsupported,
  kUnknown,  // not in the specification: this server failed
};

std::string_view to_string(Code code);  // "BLOB_UNKNOWN"
int default_status(Code code);

http::Reply refuse(Code code, std::string_view message);
http::Reply refuse(int status, Code code, std::string_view message);  // where the specification wants another status

}  // namespace tare::registry
