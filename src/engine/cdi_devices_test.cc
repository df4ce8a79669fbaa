#include "engine/cdi_devices.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "os/file.h"

namespace tare::engine {
namespace {

constexpr const char* kVendor = R"({"cdiVersion": "0.7.0", "kind": "vendor.com/dev",
  "containerEdits": {"env": ["ALL=yes"]},
  "devices": [{"name": "full", "containerEdits": {"deviceNodes": [{"path": "/dev/mine", "hostPath": "/dev/full"}]}},
              {"name": "zero", "containerEdits": {"deviceNodes": [{"path": "/dev/zero", "permissions": "r"}]}}]})";

Result<CdiSpec> parse(std::string text) {
  return parse_cdi_spec(text, text.starts_with('{') ? CdiFormat::kJson : CdiFormat::kYaml);
}

// A valid file but for one text in it.
Result<CdiSpec> parse_with(std::string_view text, std::string_view replacement) {
  std::string json = kVendor;
  const auto at = json.find(text);
  EXPECT_NE(at, std::string::npos) << text;
  return parse(json.replace(at, text.size(), replacement));
}

TEST(CdiName, IsNotAPath) {
  for (const char* good : {"vendor.com/class=name", "nvidia.com/gpu=0", "a/b=c:d.e-f_g"})
    EXPECT_TRUE(is_cdi_name(good));
  for (const char* wrong : {"", "=", "/dev/a=b", "/dev/full", "vendor.com/class", "vendor.com=x", "vendor.com/class=",
                            "vendor.com/class=-a", "vendor.com/a/b=c", "1vendor/class=a", "vendor/cl ass=a"}) {
    EXPECT_FALSE(is_cdi_name(wrong)) << wrong;
  }
}

TEST(CdiSpec, ReadsEveryEdit) {
  const auto spec = parse(R"(
cdiVersion: 1.1.0
kind: vendor.com/dev
annotations: {any: thing}
devices:
- name: "0"
  containerEdits: &edits
    env: [A=b]
    deviceNodes:
    - {path: /dev/a, type: c, major: 1, minor: 7, fileMode: 0640, uid: 5, gid: 6, permissions: rw}
    netDevices: [{hostInterfaceName: eth7, name: eth0}]
    hooks:
    - {hookName: createContainer, path: /bin/x, args: [x, y], env: [C=d], timeout: 7}
    mounts:
    - {hostPath: /lib/x, containerPath: /lib/y, options: [ro, nosuid]}
    intelRdt: {closID: z}
    additionalGids: [44]
- name: same
  containerEdits: *edits
)");
  ASSERT_TRUE(spec.ok()) << spec.error().text();
  ASSERT_EQ(spec->devices.size(), 2U);
  for (const auto& device : spec->devices) {
    const auto& edits = device.edits;
    EXPECT_EQ(edits.env, std::vector<std::string>{"A=b"});
    EXPECT_EQ(edits.device_nodes.at(0).file_mode, 0640U);
    EXPECT_EQ(edits.device_nodes.at(0).host_path, "/dev/a");
    EXPECT_EQ(edits.net_devices.at(0).second, "eth0");
    EXPECT_EQ(edits.hooks.at(0).first, "createContainer");
    EXPECT_EQ(edits.hooks.at(0).second.timeout, 7);
    EXPECT_EQ(edits.mounts.at(0).type, "bind");
    EXPECT_EQ(edits.mounts.at(0).options, (std::vector<std::string>{"ro", "nosuid", "rbind"}));
    EXPECT_EQ(edits.intel_rdt->clos_id, "z");
    EXPECT_EQ(edits.additional_gids, std::vector<uint32_t>{44});
  }
}

TEST(CdiSpec, RefusesWhatItDoesNotUnderstand) {
  EXPECT_TRUE(parse(kVendor).ok());
  EXPECT_TRUE(parse("cdiVersion: 0.6.0\nkind: v.com/a.b\ndevices: [{name: x}]").ok());
  EXPECT_FALSE(parse("cdiVersion: 0.5.0\nkind: v.com/a.b\ndevices: [{name: x}]").ok());
  EXPECT_FALSE(parse("cdiVersion: 0.4.0\nkind: v.com/a\ndevices: [{name: 1x}]").ok());
  const std::pair<const char*, const char*> changes[] = {{"0.7.0", "0.0.1"},
                                                         {"0.7.0", "2.0.0"},
                                                         {"0.7.0", "1"},
                                                         {"0.7.0", "0.4.0"},  // hostPath is younger
                                                         {"vendor.com/dev", "vendor"},
                                                         {"\"name\": \"zero\"", "\"name\": \"full\""},
                                                         {"full", "-"},
                                                         {"ALL=yes", "ALL"},
                                                         {"\"r\"", "\"x\""},
                                                         {"permissions", "rights"},
                                                         {"\"/dev/mine\"", "7"},
                                                         {"\"/dev/mine\"", "\"dev\""},
                                                         {"\"env\"", "\"netDevices\""}};
  for (const auto& [text, replacement] : changes) EXPECT_FALSE(parse_with(text, replacement).ok()) << replacement;
  for (const char* wrong : {"{", "[]", "7", "{\"cdiVersion\":\"0.7.0\",\"kind\":\"a/b\",\"devices\":[]}"}) {
    EXPECT_FALSE(parse(wrong).ok()) << wrong;
  }
}

TEST(CdiSpec, RefusesYamlThatUnfoldsWithoutEndOrIsAmbiguous) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 9; ++level) {
    bomb += formatted("a{0}: &a{0} [", level);
    for (int count = 0; count < 10; ++count) bomb += formatted("*a{}, ", level - 1);
    bomb += "]\n";
  }
  EXPECT_NE(parse(bomb).error().text().find("too much"), std::string::npos);
  EXPECT_NE(parse("a: &a [*a]\n").error().text().find("too deep"), std::string::npos);
  EXPECT_FALSE(parse("a: 1\na: 2\n").ok());
  EXPECT_FALSE(parse("b: &b {c: 1}\nd:\n  <<: *b\n").ok());
  EXPECT_FALSE(parse("").ok());
  EXPECT_FALSE(parse("\tx: [").ok());
}

class CdiDevices : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-cdi-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    top_ = name;
    directories_ = {top_ + "/first", top_ + "/second"};
    for (const auto& directory : directories_) ASSERT_TRUE(os::make_directory(directory, 0755).ok());
  }
  void TearDown() override { (void)os::remove_tree(top_).ok(); }
  void write(size_t directory, const std::string& name, const std::string& text) {
    ASSERT_TRUE(os::write_file_atomic(directories_[directory] + "/" + name, text).ok());
  }
  std::string top_;
  std::vector<std::string> directories_;
};

TEST_F(CdiDevices, TakesTheEditsOfAFileOnceAndTheNumbersOfTheHost) {
  write(0, "vendor.json", kVendor);
  const auto edits = find_cdi_edits({"vendor.com/dev=full", "vendor.com/dev=zero"}, directories_);
  ASSERT_TRUE(edits.ok()) << edits.error().text();
  ASSERT_EQ(edits->size(), 3U);
  EXPECT_EQ(edits->at(0).env, std::vector<std::string>{"ALL=yes"});
  const auto& node = edits->at(1).device_nodes.at(0);
  EXPECT_EQ(node.type, "c");
  EXPECT_EQ(node.major, 1);
  EXPECT_EQ(node.minor, 7);
}

TEST_F(CdiDevices, LetsALaterDirectoryReplaceAndAnEqualOneConflict) {
  std::string other = kVendor;
  other.replace(other.find("ALL=yes"), 7, "ALL=new");
  write(0, "vendor.json", kVendor);
  write(1, "vendor.json", other);
  write(1, "broken.yaml", "cdiVersion: [");
  write(1, "ignored.txt", "no");
  const auto edits = find_cdi_edits({"vendor.com/dev=full"}, directories_);
  ASSERT_TRUE(edits.ok()) << edits.error().text();
  EXPECT_EQ(edits->at(0).env, std::vector<std::string>{"ALL=new"});
  write(1, "twin.json", kVendor);
  EXPECT_EQ(find_cdi_edits({"vendor.com/dev=full"}, directories_).error().kind(), ErrorKind::kConflict);
}

TEST_F(CdiDevices, SaysWhatIsMissingWhatThereIsAndWhatIsBroken) {
  write(0, "vendor.json", kVendor);
  write(0, "broken.json", "{");
  const auto edits = find_cdi_edits({"vendor.com/dev=gone"}, directories_);
  EXPECT_EQ(edits.error().kind(), ErrorKind::kNotFound);
  EXPECT_NE(edits.error().text().find("broken.json"), std::string::npos) << edits.error().text();
  EXPECT_NE(edits.error().hint().find("full, zero"), std::string::npos) << edits.error().hint();
}

TEST_F(CdiDevices, RefusesANodeThatTheHostDoesNotHave) {
  std::string text = kVendor;
  text.replace(text.find("/dev/full"), 9, "/dev/null/");
  write(0, "vendor.json", text);
  EXPECT_FALSE(find_cdi_edits({"vendor.com/dev=full"}, directories_).ok());
  EXPECT_TRUE(find_cdi_edits({"vendor.com/dev=zero"}, directories_).ok());
}

TEST(CdiEdits, ChangeTheConfiguration) {
  oci::RuntimeSpec spec;
  spec.process.emplace();
  spec.process->env = {"A=old", "B=kept"};
  spec.process->user.additional_gids = {44};
  spec.mounts = {{.destination = "/lib/y", .type = "tmpfs"}};
  CdiEdits edits;
  edits.env = {"A=new"};
  edits.additional_gids = {0, 44, 45};
  edits.mounts = {{.destination = "/lib/y", .type = "bind", .source = "/lib/x"}};
  edits.hooks = {{"poststop", {.path = "/bin/x"}}};
  edits.net_devices = {{"eth7", "eth0"}};
  apply_cdi_edits(spec, edits);
  EXPECT_EQ(spec.process->env, (std::vector<std::string>{"B=kept", "A=new"}));
  EXPECT_EQ(spec.process->user.additional_gids, (std::vector<uint32_t>{44, 45}));
  ASSERT_EQ(spec.mounts.size(), 1U);
  EXPECT_EQ(spec.mounts[0].source, "/lib/x");
  EXPECT_EQ(spec.hooks.poststop.at(0).path, "/bin/x");
  EXPECT_EQ(spec.linux_section.net_devices.at("eth7").name, "eth0");
}

}  // namespace
}  // namespace tare::engine
