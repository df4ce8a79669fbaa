#include "registry/server/refusal.h"

#include <array>

#include "registry/server/documents.h"

namespace tare::registry {
namespace {

struct Row {
  std::string_view name;
  int status;
};

// In the order of Code.
constexpr std::array<Row, 14> kRows{{
    {"BLOB_UNKNOWN", 404},
    {"BLOB_UPLOAD_INVALID", 400},
    {"BLOB_UPLOAD_UNKNOWN", 404},
    {"DIGEST_INVALID", 400},
    {"MANIFEST_BLOB_UNKNOWN", 404},
    {"MANIFEST_INVALID", 400},
    {"MANIFEST_UNKNOWN", 404},
    {"NAME_INVALID", 400},
    {"NAME_UNKNOWN", 404},
    {"SIZE_INVALID", 400},
    {"UNAUTHORIZED", 401},
    {"DENIED", 403},
    {"UNSUPPORTED", 405},
    {"UNKNOWN", 500},
}};
static_assert(kRows.size() == static_cast<size_t>(Code::kUnknown) + 1);

const Row& row(Code code) { return kRows[static_cast<size_t>(code)]; }

}  // namespace

std::string_view to_string(Code code) { return row(code).name; }
int default_status(Code code) { return row(code).status; }

http::Reply refuse(Code code, std::string_view message) { return refuse(default_status(code), code, message); }

http::Reply refuse(int status, Code code, std::string_view message) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = error_document(code, message)};
}

}  // namespace tare::registry
