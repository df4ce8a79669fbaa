// A registry in memory for unit tests, which can be made to lie: what it serves under a name is whatever the test set.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "codec/compress.h"
#include "codec/tar.h"
#include "http/client/test_server.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "registry/client/session.h"

namespace tare::registry {

inline SessionOptions quick_session() {
  SessionOptions options;
  options.retry = {
      .attempts = 3, .first_delay = std::chrono::milliseconds(1), .longest_delay = std::chrono::milliseconds(2)};
  return options;
}

class FakeRegistry {
 public:
  // Serves a request instead of the registry when it returns true.
  using Intercept = std::function<bool(const http::SeenRequest& request, http::TestConnection& connection)>;

  FakeRegistry() : server_([this](const auto& request, auto& connection) { answer(request, connection); }) {}
  std::string host() const { return server_.host(); }
  http::TestServer& server() { return server_; }

  void intercept(Intercept function) {
    const std::lock_guard lock(mutex_);
    intercept_ = std::move(function);
  }
  void set_manifest(const std::string& name, std::string bytes) {
    const std::lock_guard lock(mutex_);
    manifests_[name] = std::move(bytes);
  }
  void set_blob(const std::string& digest, std::string bytes) {
    const std::lock_guard lock(mutex_);
    blobs_[digest] = std::move(bytes);
  }
  std::string blob(const oci::Digest& digest) {
    const std::lock_guard lock(mutex_);
    return blobs_[digest.string()];
  }
  std::string manifest(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return manifests_[name];
  }
  size_t count(std::string_view method, std::string_view part) {
    size_t found = 0;
    for (const auto& request : server_.requests())
      found += request.method == method && request.target.find(part) != std::string::npos;
    return found;
  }

  // An image with a layer per text, each of one file with that text. Gives the manifest's descriptor.
  oci::Descriptor add_image(const std::string& tag, const std::vector<std::string>& texts) {
    oci::ImageConfig config{.platform = oci::Platform::host(), .created = "2026-01-01T00:00:00Z"};
    std::vector<oci::Descriptor> layers;
    for (const std::string& text : texts) {
      const std::string tar = make_layer(text);
      config.diff_ids.push_back(oci::Digest::of(tar));
      layers.push_back(add_blob(oci::media_type::kOciLayer, tar));
    }
    const auto config_blob = add_blob(oci::media_type::kOciConfig, config.to_json());
    oci::Manifest manifest{
        .media_type = std::string(oci::media_type::kOciManifest), .config = config_blob, .layers = layers};
    return add_manifest(tag, manifest.to_json(), oci::media_type::kOciManifest);
  }
  std::string add_index(const std::string& tag, oci::Descriptor target, const std::string& architecture) {
    target.platform = oci::Platform{.os = "linux", .architecture = architecture};
    const oci::Index index{.media_type = std::string(oci::media_type::kOciIndex), .manifests = {target}};
    add_manifest(tag, index.to_json(), oci::media_type::kOciIndex);
    return index.to_json();
  }
  oci::Descriptor add_blob(std::string_view type, const std::string& bytes) {
    const auto digest = oci::Digest::of(bytes);
    set_blob(digest.string(), bytes);
    return {.media_type = std::string(type), .digest = digest, .size = bytes.size()};
  }
  oci::Descriptor add_manifest(const std::string& tag, const std::string& bytes, std::string_view type) {
    const auto digest = oci::Digest::of(bytes);
    set_manifest(tag, bytes);
    set_manifest(digest.string(), bytes);
    return {.media_type = std::string(type), .digest = digest, .size = bytes.size()};
  }

 private:
  static std::string make_layer(const std::string& text) {
    StringSink sink;
    codec::TarWriter writer(sink);
    EXPECT_TRUE(writer.add({.path = "file-" + text.substr(0, 20), .mode = 0644, .size = text.size()}).ok());
    EXPECT_TRUE(writer.write(as_bytes(text)).ok());
    EXPECT_TRUE(writer.finish().ok());
    return sink.text();
  }

  void answer(const http::SeenRequest& request, http::TestConnection& connection) {
    Intercept intercept;
    {
      const std::lock_guard lock(mutex_);
      intercept = intercept_;
    }
    if (intercept && intercept(request, connection)) return;
    if (request.target == "/v2/") return void(connection.reply(200, ""));
    if (request.method == "POST") return void(start_upload(request, connection));
    if (request.method == "PUT") return void(take(request, connection));
    serve(request, connection);
  }

  void serve(const http::SeenRequest& request, http::TestConnection& connection) {
    const std::lock_guard lock(mutex_);
    const std::string name = request.target.substr(request.target.rfind('/') + 1);
    const auto& documents = request.target.find("/blobs/") != std::string::npos ? blobs_ : manifests_;
    const auto found = documents.find(name);
    if (found == documents.end()) {
      connection.reply(404, "",
                       request.method == "HEAD"
                           ? ""
                           : R"({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]})");
    } else if (request.method == "HEAD") {
      connection.send(formatted("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", found->second.size()));
    } else {
      serve_bytes(request, connection, found->second);
    }
  }

  static void serve_bytes(const http::SeenRequest& request, http::TestConnection& connection,
                          const std::string& bytes) {
    const std::string range = request.headers.find("Range").value_or("");
    if (range.empty()) return void(connection.reply(200, "", bytes));
    const size_t from = std::stoul(range.substr(std::string_view("bytes=").size()));
    connection.reply(206, formatted("Content-Range: bytes {}-{}/{}\r\n", from, bytes.size() - 1, bytes.size()),
                     bytes.substr(from));
  }

  static void start_upload(const http::SeenRequest& request, http::TestConnection& connection) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    connection.reply(202, formatted("Location: {}session?state=x\r\n", path));
  }

  void take(const http::SeenRequest& request, http::TestConnection& connection) {
    const auto digest = oci::Digest::of(request.body).string();
    const bool is_blob = request.target.find("/blobs/") != std::string::npos;
    if (is_blob && !request.target.ends_with("sha256%3A" + digest.substr(7))) return void(connection.reply(400, ""));
    if (is_blob) {
      set_blob(digest, request.body);
    } else {
      set_manifest(request.target.substr(request.target.rfind('/') + 1), request.body);
    }
    connection.reply(201, formatted("Docker-Content-Digest: {}\r\n", digest));
  }

  std::mutex mutex_;
  Intercept intercept_;
  std::map<std::string, std::string> manifests_;
  std::map<std::string, std::string> blobs_;
  http::TestServer server_;  // last: its threads use all above
};

}  // namespace tare::registry
