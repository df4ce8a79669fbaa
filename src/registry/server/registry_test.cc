// The whole API by requests, without sockets.
#include "registry/server/registry.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/text.h"
#include "codec/sha256.h"
#include "registry/server/collect_garbage.h"

namespace tare::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
};

// Fails after some bytes, as a connection does.
class BrokenSource : public ByteSource {
 public:
  explicit BrokenSource(std::string_view bytes) : bytes_(bytes) {}
  Result<size_t> read(std::span<std::byte> buffer) override {
    const size_t count = TRY(bytes_.read(buffer));
    if (count == 0) return Failure(ErrorKind::kUnavailable, "the client is gone");
    return count;
  }

 private:
  MemorySource bytes_;
};

std::string sha256(std::string_view bytes) { return "sha256:" + codec::sha256_hex(bytes); }

class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest()
      : root_(os::make_temporary_directory("/tmp", "registry-test-").value()),
        registry_(Storage::open(root_ + "/store").value()) {}
  ~RegistryTest() override { EXPECT_TRUE(os::remove_tree(root_).ok()); }

  Answer ask(std::string method, std::string target, ByteSource& body, http::Headers headers,
             std::optional<uint64_t> length) {
    http::Request request{std::move(method), std::move(target), "test", std::move(headers), length, body};
    auto reply = registry_.answer(request);
    Answer answer{reply.status, reply.headers, ""};
    if (const auto* text = std::get_if<std::string>(&reply.body)) answer.body = *text;
    if (const auto* file = std::get_if<http::FileBody>(&reply.body)) {
      answer.body.resize(file->length);
      EXPECT_EQ(::pread(file->file.get(), answer.body.data(), file->length, static_cast<off_t>(file->offset)),
                static_cast<ssize_t>(file->length));
    }
    return answer;
  }
  Answer ask(std::string method, std::string target, std::string_view body = "", http::Headers headers = {}) {
    MemorySource source(body);
    return ask(std::move(method), std::move(target), source, std::move(headers), body.size());
  }
  std::string push_blob(std::string_view repository, std::string_view bytes) {
    const std::string digest = sha256(bytes);
    EXPECT_EQ(ask("POST", formatted("/v2/{}/blobs/uploads/?digest={}", repository, digest), bytes).status, 201);
    return digest;
  }
  Answer push_manifest(std::string_view repository, std::string_view reference, std::string_view bytes) {
    return ask("PUT", formatted("/v2/{}/manifests/{}", repository, reference), bytes,
               {{"Content-Type", std::string(kManifestType)}});
  }
  // A manifest whose config is `config`, which is pushed too.
  std::string make_manifest(std::string_view repository, std::string_view config, std::string_view more = "") {
    return formatted(
        R"({{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"c/t","digest":"{}","size":{}}},"layers":[]{}}})",
        kManifestType, push_blob(repository, config), config.size(), more);
  }
  std::string start_upload(std::string_view repository) {
    const auto answer = ask("POST", formatted("/v2/{}/blobs/uploads/", repository));
    EXPECT_EQ(answer.status, 202);
    return answer.header("Location");
  }
  // Files under the folder that look like blobs or uploads.
  std::vector<std::string> uploads(std::string_view repository) {
    return os::list_directory(formatted("{}/store/repositories/{}/_uploads", root_, repository)).value();
  }

  std::string root_;
  Registry registry_;
};

TEST_F(RegistryTest, TellsItsVersion) {
  EXPECT_EQ(ask("GET", "/v2/").status, 200);
  EXPECT_EQ(ask("GET", "/v2/").header("Docker-Distribution-Api-Version"), "registry/2.0");
}

TEST_F(RegistryTest, TakesABlobInOnePost) {
  const std::string digest = push_blob("a/b", "hello");
  const auto got = ask("GET", "/v2/a/b/blobs/" + digest);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.header("Docker-Content-Digest"), digest);
  EXPECT_EQ(ask("HEAD", "/v2/a/b/blobs/" + digest).status, 200);
  EXPECT_TRUE(uploads("a/b").empty());
}

TEST_F(RegistryTest, TakesABlobByPostAndPut) {
  const std::string location = start_upload("a");
  const auto put = ask("PUT", location + "?digest=" + sha256("hello"), "hello");
  EXPECT_EQ(put.status, 201);
  EXPECT_EQ(ask("GET", put.header("Location")).body, "hello");
}

TEST_F(RegistryTest, TakesABlobInChunks) {
  const std::string location = start_upload("a");
  const auto first = ask("PATCH", location, "hel", {{"Content-Range", "0-2"}});
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(first.header("Range"), "0-2");
  EXPECT_EQ(ask("PATCH", location, "lo", {{"Content-Range", "3-4"}}).header("Range"), "0-4");
  EXPECT_EQ(ask("GET", location).header("Range"), "0-4");
  EXPECT_EQ(ask("PUT", location + "?digest=" + sha256("hello!"), "!", {{"Content-Range", "5-5"}}).status, 201);
  EXPECT_EQ(ask("GET", location).status, 404);
}

TEST_F(RegistryTest, RefusesChunksOutOfOrder) {
  const std::string location = start_upload("a");
  EXPECT_EQ(ask("PATCH", location, "lo", {{"Content-Range", "3-4"}}).status, 416);
  EXPECT_EQ(ask("PATCH", location, "hel", {{"Content-Range", "0-2"}}).status, 202);
  const auto again = ask("PATCH", location, "hel", {{"Content-Range", "0-2"}});
  EXPECT_EQ(again.status, 416);
  EXPECT_EQ(again.header("Range"), "0-2");
  EXPECT_EQ(ask("PATCH", location, "lo", {{"Content-Range", "3-9"}}).status, 400);
  EXPECT_EQ(ask("PATCH", location, "lo", {{"Content-Range", "x"}}).status, 400);
  EXPECT_EQ(ask("GET", location).header("Range"), "0-2");
}

TEST_F(RegistryTest, ABrokenChunkIsResumed) {
  const std::string location = start_upload("a");
  BrokenSource broken("hel");
  EXPECT_EQ(ask("PATCH", location, broken, {}, 5).status, 400);
  EXPECT_EQ(ask("GET", location).header("Range"), "0-2");
  EXPECT_EQ(ask("PATCH", location, "lo", {{"Content-Range", "3-4"}}).status, 202);
  EXPECT_EQ(ask("PUT", location + "?digest=" + sha256("hello")).status, 201);
}

TEST_F(RegistryTest, ABrokenClosingRequestIsRepeated) {
  const std::string location = start_upload("a");
  BrokenSource broken("hel");
  EXPECT_EQ(ask("PUT", location + "?digest=" + sha256("hello"), broken, {}, 5).status, 400);
  EXPECT_EQ(ask("PUT", location + "?digest=" + sha256("hello"), "hello").status, 201);
}

TEST_F(RegistryTest, AnUploadSurvivesTheServer) {
  const std::string location = start_upload("a");
  ask("PATCH", location, "hel");
  registry_.hashes().take(location.substr(location.rfind('/') + 1));  // what a restart forgets
  EXPECT_EQ(ask("PUT", location + "?digest=" + sha256("hello"), "lo").status, 201);
}

TEST_F(RegistryTest, ABlobWithAnotherDigestLeavesNothing) {
  const std::string location = start_upload("a");
  const auto refused = ask("PUT", location + "?digest=" + sha256("other"), "hello");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("DIGEST_INVALID"));
  EXPECT_EQ(ask("GET", "/v2/a/blobs/" + sha256("other")).status, 404);
  EXPECT_EQ(ask("GET", "/v2/a/blobs/" + sha256("hello")).status, 404);
  EXPECT_TRUE(uploads("a").empty());
  EXPECT_EQ(ask("POST", "/v2/a/blobs/uploads/?digest=" + sha256("other"), "hello").status, 400);
  EXPECT_TRUE(uploads("a").empty());
}

TEST_F(RegistryTest, KnowsSha512) {
  const std::string digest = "sha512:" + codec::sha512_hex("hello");
  EXPECT_EQ(ask("POST", "/v2/a/blobs/uploads/?digest=" + digest, "hello").status, 201);
  EXPECT_EQ(ask("GET", "/v2/a/blobs/" + digest).body, "hello");
  EXPECT_EQ(ask("POST", "/v2/a/blobs/uploads/?digest-algorithm=sha512").status, 202);
  EXPECT_EQ(ask("POST", "/v2/a/blobs/uploads/?digest-algorithm=md5").status, 400);
  const std::string location = start_upload("a");  // begun as sha256
  EXPECT_EQ(ask("PUT", location + "?digest=sha512:" + codec::sha512_hex("x"), "x").status, 201);
}

TEST_F(RegistryTest, AnUploadBelongsToItsRepository) {
  std::string location = start_upload("a");
  EXPECT_EQ(ask("GET", location.replace(4, 1, "b")).status, 404);
}

TEST_F(RegistryTest, CancelsUploads) {
  const std::string location = start_upload("a");
  EXPECT_EQ(ask("DELETE", location).status, 204);
  EXPECT_EQ(ask("DELETE", location).status, 404);
  EXPECT_TRUE(uploads("a").empty());
}

TEST_F(RegistryTest, TwoRequestsNeverWriteToOneUpload) {
  const std::string location = start_upload("a");
  const auto held =
      Upload::resume(registry_.storage(), registry_.hashes(), "a", location.substr(location.rfind('/') + 1));
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(ask("PATCH", location, "x").status, 409);
}

TEST_F(RegistryTest, MountsBlobsOfOtherRepositories) {
  const std::string digest = push_blob("a", "hello");
  EXPECT_EQ(ask("GET", "/v2/b/blobs/" + digest).status, 404);
  EXPECT_EQ(ask("POST", "/v2/b/blobs/uploads/?from=c&mount=" + digest).status, 202);
  const auto mounted = ask("POST", "/v2/b/blobs/uploads/?from=a&mount=" + digest);
  EXPECT_EQ(mounted.status, 201);
  EXPECT_EQ(ask("GET", mounted.header("Location")).body, "hello");
  EXPECT_EQ(ask("POST", "/v2/b/blobs/uploads/?from=../a&mount=" + digest).status, 400);
}

TEST_F(RegistryTest, SendsPartsOfBlobs) {
  const std::string target = "/v2/a/blobs/" + push_blob("a", "0123456789");
  const auto part = ask("GET", target, "", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.header("Content-Range"), "bytes 2-4/10");
  const auto behind = ask("GET", target, "", {{"Range", "bytes=10-"}});
  EXPECT_EQ(behind.status, 416);
  EXPECT_EQ(behind.header("Content-Range"), "bytes */10");
  EXPECT_EQ(ask("GET", target, "", {{"Range", "bytes=2-4"}, {"If-Range", "\"old\""}}).status, 200);
  EXPECT_EQ(ask("GET", target, "", {{"If-None-Match", ask("GET", target).header("Etag")}}).status, 304);
}

TEST_F(RegistryTest, DeletesBlobsFromOneRepository) {
  const std::string digest = push_blob("a", "hello");
  push_blob("b", "hello");
  EXPECT_EQ(ask("DELETE", "/v2/a/blobs/" + digest).status, 202);
  EXPECT_EQ(ask("DELETE", "/v2/a/blobs/" + digest).status, 404);
  EXPECT_EQ(ask("GET", "/v2/a/blobs/" + digest).status, 404);
  EXPECT_EQ(ask("GET", "/v2/b/blobs/" + digest).status, 200);
}

TEST_F(RegistryTest, KeepsManifestsByteForByte) {
  const std::string manifest = make_manifest("a", "{}") + "\n ";
  const auto pushed = push_manifest("a", "v1", manifest);
  EXPECT_EQ(pushed.status, 201);
  EXPECT_EQ(pushed.header("Docker-Content-Digest"), sha256(manifest));
  for (const auto& reference : {std::string("v1"), sha256(manifest)}) {
    const auto got = ask("GET", "/v2/a/manifests/" + reference);
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, manifest);
    EXPECT_EQ(got.header("Content-Type"), kManifestType);
    EXPECT_EQ(got.header("Docker-Content-Digest"), sha256(manifest));
  }
  EXPECT_EQ(ask("GET", "/v2/b/manifests/" + sha256(manifest)).status, 404);
}

TEST_F(RegistryTest, ATagMoves) {
  const std::string first = make_manifest("a", "1");
  const std::string second = make_manifest("a", "2");
  push_manifest("a", "v", first);
  push_manifest("a", "v", second);
  EXPECT_EQ(ask("GET", "/v2/a/manifests/v").body, second);
  EXPECT_EQ(ask("GET", "/v2/a/manifests/" + sha256(first)).body, first);
}

TEST_F(RegistryTest, TagsAManifestPushedByDigest) {
  const std::string manifest = make_manifest("a", "1");
  const auto pushed = push_manifest("a", sha256(manifest) + "?tag=x&tag=y", manifest);
  EXPECT_EQ(pushed.status, 201);
  EXPECT_EQ(ask("GET", "/v2/a/tags/list").body, R"({"name":"a","tags":["x","y"]})");
  EXPECT_EQ(push_manifest("a", sha256(manifest) + "?tag=..", manifest).status, 400);
}

TEST_F(RegistryTest, RefusesManifestsWithoutTheirBlobs) {
  std::string manifest = make_manifest("a", "1");
  const auto refused = push_manifest("b", "v", manifest);
  EXPECT_EQ(refused.status, 404);
  EXPECT_THAT(refused.body, HasSubstr("MANIFEST_BLOB_UNKNOWN"));
  EXPECT_EQ(ask("GET", "/v2/b/manifests/v").status, 404);
  manifest.replace(manifest.find("\"size\":1"), 8, "\"size\":9");
  EXPECT_THAT(push_manifest("a", "v", manifest).body, HasSubstr("MANIFEST_INVALID"));
}

TEST_F(RegistryTest, RefusesManifestsThatAreNone) {
  const std::string manifest = make_manifest("a", "1");
  EXPECT_THAT(push_manifest("a", "v", "{").body, HasSubstr("MANIFEST_INVALID"));
  EXPECT_THAT(push_manifest("a", sha256("other"), manifest).body, HasSubstr("DIGEST_INVALID"));
  EXPECT_EQ(push_manifest("a", "-bad", manifest).status, 400);
  EXPECT_EQ(push_manifest("a", "big", std::string((size_t{4} << 20) + 1, ' ')).status, 413);
  const std::string large(size_t{5} << 20, ' ');
  MemorySource endless{std::string_view(large)};
  EXPECT_EQ(ask("PUT", "/v2/a/manifests/big", endless, {}, std::nullopt).status, 413);
}

TEST_F(RegistryTest, AnIndexNeedsItsManifests) {
  const std::string manifest = make_manifest("a", "1");
  const std::string index =
      formatted(R"({{"schemaVersion":2,"manifests":[{{"mediaType":"{}","digest":"{}","size":{}}}]}})", kManifestType,
                sha256(manifest), manifest.size());
  const http::Headers type{{"Content-Type", "application/vnd.oci.image.index.v1+json"}};
  EXPECT_EQ(ask("PUT", "/v2/a/manifests/i", index, type).status, 404);
  push_manifest("a", sha256(manifest), manifest);
  EXPECT_EQ(ask("PUT", "/v2/a/manifests/i", index, type).status, 201);
}

TEST_F(RegistryTest, DeletesTagsAndManifests) {
  const std::string manifest = make_manifest("a", "1");
  push_manifest("a", "x", manifest);
  push_manifest("a", "y", manifest);
  EXPECT_EQ(ask("DELETE", "/v2/a/manifests/x").status, 202);
  EXPECT_EQ(ask("DELETE", "/v2/a/manifests/x").status, 404);
  EXPECT_EQ(ask("GET", "/v2/a/manifests/y").status, 200);
  EXPECT_EQ(ask("DELETE", "/v2/a/manifests/" + sha256(manifest)).status, 202);
  EXPECT_EQ(ask("GET", "/v2/a/manifests/y").status, 404);
  EXPECT_EQ(ask("GET", "/v2/a/tags/list").body, R"({"name":"a","tags":[]})");
  EXPECT_EQ(ask("DELETE", "/v2/a/manifests/" + sha256(manifest)).status, 404);
}

TEST_F(RegistryTest, ListsTagsByPages) {
  const std::string manifest = make_manifest("a", "1");
  for (const auto* tag : {"b", "a", "C", "d"}) push_manifest("a", tag, manifest);
  EXPECT_EQ(ask("GET", "/v2/a/tags/list").body, R"({"name":"a","tags":["C","a","b","d"]})");
  const auto page = ask("GET", "/v2/a/tags/list?n=2");
  EXPECT_EQ(page.body, R"({"name":"a","tags":["C","a"]})");
  EXPECT_EQ(page.header("Link"), "</v2/a/tags/list?n=2&last=a>; rel=\"next\"");
  const auto last = ask("GET", "/v2/a/tags/list?n=2&last=a");
  EXPECT_EQ(last.body, R"({"name":"a","tags":["b","d"]})");
  EXPECT_EQ(last.header("Link"), "");
  EXPECT_EQ(ask("GET", "/v2/a/tags/list?n=0").body, R"({"name":"a","tags":[]})");
  EXPECT_EQ(ask("GET", "/v2/a/tags/list?n=x").status, 400);
  EXPECT_EQ(ask("GET", "/v2/none/tags/list").status, 404);
}

TEST_F(RegistryTest, ListsRepositories) {
  for (const auto* name : {"b", "a/b", "a-b", "a"}) push_manifest(name, "v", make_manifest(name, "1"));
  start_upload("only/started");
  EXPECT_EQ(ask("GET", "/v2/_catalog").body, R"({"repositories":["a","a-b","a/b","b"]})");
  const auto page = ask("GET", "/v2/_catalog?n=1&last=a-b");
  EXPECT_EQ(page.body, R"({"repositories":["a/b"]})");
  EXPECT_EQ(page.header("Link"), "</v2/_catalog?n=1&last=a%2fb>; rel=\"next\"");
}

TEST_F(RegistryTest, ListsReferrers) {
  const std::string subject = make_manifest("a", "1");
  const std::string refers = formatted(R"(,"subject":{{"mediaType":"m","digest":"{}","size":1}})", sha256(subject));
  const std::string plain = make_manifest("a", "2", refers);
  const std::string typed = make_manifest("a", "3", refers + R"(,"artifactType":"x/y","annotations":{"k":"v"})");
  const auto pushed = push_manifest("a", sha256(plain), plain);  // before its subject
  EXPECT_EQ(pushed.header("OCI-Subject"), sha256(subject));
  push_manifest("a", sha256(typed), typed);
  const auto all = ask("GET", "/v2/a/referrers/" + sha256(subject));
  EXPECT_EQ(all.header("Content-Type"), "application/vnd.oci.image.index.v1+json");
  EXPECT_THAT(all.body, HasSubstr(sha256(plain)));
  EXPECT_THAT(all.body, HasSubstr(R"("artifactType":"c/t")"));
  EXPECT_THAT(all.body, HasSubstr(R"({"annotations":{"k":"v"},"artifactType":"x/y")"));
  const auto some = ask("GET", "/v2/a/referrers/" + sha256(subject) + "?artifactType=x%2Fy");
  EXPECT_EQ(some.header("OCI-Filters-Applied"), "artifactType");
  EXPECT_THAT(some.body, HasSubstr(sha256(typed)));
  EXPECT_THAT(some.body, Not(HasSubstr(sha256(plain))));
  ask("DELETE", "/v2/a/manifests/" + sha256(typed));
  EXPECT_THAT(ask("GET", "/v2/a/referrers/" + sha256(subject)).body, Not(HasSubstr(sha256(typed))));
}

TEST_F(RegistryTest, NothingHasNoReferrers) {
  EXPECT_EQ(ask("GET", "/v2/none/referrers/" + sha256("x")).status, 200);
  EXPECT_EQ(ask("GET", "/v2/none/referrers/sha256:x").status, 400);
}

TEST_F(RegistryTest, NoNameLeadsOutOfTheFolder) {
  ASSERT_TRUE(os::write_file_atomic(root_ + "/secret", "secret").ok());
  for (const auto* name :
       {"..", "../..", "%2e%2e", "..%2f..", "a/..", "a/%2e%2e/b", "a%2f..%2f..", "_uploads", "a//b", ""}) {
    for (const auto* rest : {"tags/list", "manifests/latest", "blobs/uploads/"}) {
      for (const auto* method : {"GET", "PUT", "POST", "DELETE"}) {
        const auto answer = ask(method, formatted("/v2/{}/{}", name, rest), "{}");
        EXPECT_TRUE(answer.status == 400 || answer.status == 404 || answer.status == 405) << method << name << rest;
      }
    }
  }
  for (const auto* reference : {"..", "%2e%2e%2fsecret", "sha256:..%2f..%2f..%2f..%2fsecret", "sha256:secret"}) {
    EXPECT_EQ(ask("GET", formatted("/v2/a/manifests/{}", reference)).status, 404) << reference;
    EXPECT_EQ(ask("PUT", formatted("/v2/a/manifests/{}", reference), "{}").status, 400) << reference;
    EXPECT_EQ(ask("GET", formatted("/v2/a/blobs/{}", reference)).status, 400) << reference;
    EXPECT_EQ(ask("GET", formatted("/v2/a/blobs/uploads/{}", reference)).status, 404) << reference;
  }
  EXPECT_EQ(os::list_directory(root_).value(), (std::vector<std::string>{"secret", "store"}));
  EXPECT_TRUE(os::list_directory(root_ + "/store/repositories").value().empty());
}

TEST_F(RegistryTest, SaysWhatAnAddressAllows) {
  const auto answer = ask("PATCH", "/v2/a/manifests/latest");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("Allow"), "GET, PUT, DELETE");
  EXPECT_EQ(ask("GET", "/").status, 404);
  EXPECT_EQ(ask("GET", "/v1/_ping").status, 404);
}

TEST_F(RegistryTest, GarbageIsWhatNoManifestNames) {
  const std::string manifest = make_manifest("a", "kept");
  push_manifest("a", "v", manifest);
  const std::string lost = push_blob("a", "lost");
  start_upload("a");
  EXPECT_EQ(collect_garbage(registry_.storage(), std::chrono::hours(1))->blobs, 0U);  // all is young
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  for (const auto& digest : {lost, sha256("kept"), sha256(manifest)}) {
    const std::string path = registry_.storage().blob_path(oci::Digest::parse(digest).value());
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), old, 0), 0);
  }
  const auto done = collect_garbage(registry_.storage(), std::chrono::hours(1));
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->blobs, 1U);
  EXPECT_EQ(done->uploads, 0U);
  EXPECT_EQ(ask("GET", "/v2/a/blobs/" + lost).status, 404);
  EXPECT_EQ(ask("GET", "/v2/a/blobs/" + sha256("kept")).status, 200);
  EXPECT_EQ(ask("GET", "/v2/a/manifests/v").status, 200);
}

TEST_F(RegistryTest, ABlobThatAClientAsksForIsYoungAgain) {
  const std::string digest = push_blob("a", "asked for");
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  const std::string path = registry_.storage().blob_path(oci::Digest::parse(digest).value());
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), old, 0), 0);
  EXPECT_EQ(ask("HEAD", "/v2/a/blobs/" + digest).status, 200);
  EXPECT_EQ(collect_garbage(registry_.storage(), std::chrono::hours(1))->blobs, 0U);
}

TEST_F(RegistryTest, OldUploadsAreGarbage) {
  const std::string location = start_upload("a/b");
  const std::string path = formatted("{}/store/repositories/a/b/_uploads/{}", root_, uploads("a/b").front());
  const timespec old[2] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), old, 0), 0);
  EXPECT_EQ(collect_garbage(registry_.storage(), std::chrono::hours(24))->uploads, 1U);
  EXPECT_EQ(ask("GET", location).status, 404);
}

TEST_F(RegistryTest, AsksForAPassword) {
  auto passwords =
      http::PasswordFile::parse("ann:$2y$04$mMuRpUd0AEM0CfM/roEuOOG.UToYHHlLMNRw62X8Zp7arB5.xZapy", "test");
  Registry closed(Storage::open(root_ + "/store").value(), std::move(passwords).value());
  MemorySource nothing{std::string_view()};
  http::Request anonymous{"GET", "/v2/", "test", {}, std::nullopt, nothing};
  const auto refused = closed.answer(anonymous);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.headers.find("WWW-Authenticate"), "Basic realm=\"tare registry\"");
  http::Request known{"GET", "/v2/", "test", {{"authorization", "Basic YW5uOnNlY3JldA=="}}, std::nullopt, nothing};
  EXPECT_EQ(closed.answer(known).status, 200);
}

}  // namespace
}  // namespace tare::registry
