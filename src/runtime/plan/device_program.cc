#include "runtime/plan/device_program.h"

#include <linux/bpf.h>

#include <cstring>

namespace tare::runtime {
namespace {

// Registers during the program: what is asked for, from struct bpf_cgroup_dev_ctx.
constexpr uint8_t kType = BPF_REG_2;
constexpr uint8_t kAccess = BPF_REG_3;
constexpr uint8_t kMajor = BPF_REG_4;
constexpr uint8_t kMinor = BPF_REG_5;

bpf_insn instruction(uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value) {
  bpf_insn result{};
  result.code = code;
  result.dst_reg = to & 0xf;
  result.src_reg = from & 0xf;
  result.off = offset;
  result.imm = value;
  return result;
}

bpf_insn load(uint8_t to, int16_t offset) { return instruction(BPF_LDX | BPF_MEM | BPF_W, to, BPF_REG_1, offset, 0); }
bpf_insn copy(uint8_t to, uint8_t from) { return instruction(BPF_ALU | BPF_MOV | BPF_X, to, from, 0, 0); }
bpf_insn mask(uint8_t to, int32_t value) { return instruction(BPF_ALU | BPF_AND | BPF_K, to, 0, 0, value); }
bpf_insn shift_right(uint8_t to, int32_t bits) { return instruction(BPF_ALU | BPF_RSH | BPF_K, to, 0, 0, bits); }
bpf_insn set(uint8_t to, int32_t value) { return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value); }
bpf_insn jump_unless_equal(uint8_t left, int32_t value) {
  return instruction(BPF_JMP | BPF_JNE | BPF_K, left, 0, 0, value);
}
bpf_insn jump_if_equal(uint8_t left, int32_t value) {
  return instruction(BPF_JMP | BPF_JEQ | BPF_K, left, 0, 0, value);
}
bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

int32_t access_bits(const std::string& access) {
  if (access.empty()) return BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;
  int32_t bits = 0;
  for (const char c : access) {
    if (c == 'm') bits |= BPF_DEVCG_ACC_MKNOD;
    if (c == 'r') bits |= BPF_DEVCG_ACC_READ;
    if (c == 'w') bits |= BPF_DEVCG_ACC_WRITE;
  }
  return bits;
}

// The context packs access << 16 | type.
void add_prologue(std::vector<bpf_insn>& program) {
  program.push_back(load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)));
  program.push_back(copy(kAccess, kType));
  program.push_back(mask(kType, 0xffff));
  program.push_back(shift_right(kAccess, 16));
  program.push_back(load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)));
  program.push_back(load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)));
}

// An allowing rule must cover all of the access asked for, a denying one any part of it.
void add_access_check(const oci::DeviceRule& rule, std::vector<bpf_insn>& block) {
  const int32_t bits = access_bits(rule.access);
  block.push_back(copy(BPF_REG_1, kAccess));
  block.push_back(mask(BPF_REG_1, rule.allow ? ~bits & 0xffff : bits));
  block.push_back(rule.allow ? jump_unless_equal(BPF_REG_1, 0) : jump_if_equal(BPF_REG_1, 0));
}

void add_rule(const oci::DeviceRule& rule, std::vector<bpf_insn>& program) {
  std::vector<bpf_insn> block;
  if (rule.type == "c") block.push_back(jump_unless_equal(kType, BPF_DEVCG_DEV_CHAR));
  if (rule.type == "b") block.push_back(jump_unless_equal(kType, BPF_DEVCG_DEV_BLOCK));
  add_access_check(rule, block);
  if (rule.major.value_or(-1) >= 0) block.push_back(jump_unless_equal(kMajor, static_cast<int32_t>(*rule.major)));
  if (rule.minor.value_or(-1) >= 0) block.push_back(jump_unless_equal(kMinor, static_cast<int32_t>(*rule.minor)));
  block.push_back(set(BPF_REG_0, rule.allow ? 1 : 0));
  block.push_back(leave());
  // Every jump of the block leads to the next rule.
  for (size_t index = 0; index < block.size(); ++index) {
    const uint8_t operation = BPF_OP(block[index].code);
    const bool jumps = BPF_CLASS(block[index].code) == BPF_JMP && operation != BPF_EXIT;
    if (jumps) block[index].off = static_cast<int16_t>(block.size() - index - 1);
  }
  program.insert(program.end(), block.begin(), block.end());
}

}  // namespace

std::string assemble_device_program(const std::vector<oci::DeviceRule>& rules) {
  std::vector<bpf_insn> program;
  add_prologue(program);
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) add_rule(*rule, program);
  program.push_back(set(BPF_REG_0, 0));
  program.push_back(leave());
  std::string bytes(program.size() * sizeof(bpf_insn), '\0');
  std::memcpy(bytes.data(), program.data(), bytes.size());
  return bytes;
}

}  // namespace tare::runtime
