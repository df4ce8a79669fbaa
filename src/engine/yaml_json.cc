#include "engine/yaml_json.h"

#include <yaml.h>

#include <cctype>
#include <charconv>

namespace tare::engine {
namespace {

using codec::Json;

constexpr size_t kMaximumSize = size_t{8} << 20;
constexpr size_t kMaximumValues = 100'000;
constexpr int kMaximumDepth = 64;

std::string_view text_of(const yaml_node_t& node) {
  return {reinterpret_cast<const char*>(node.data.scalar.value), node.data.scalar.length};
}

// Decimal, 0x…, 0o… and, as YAML 1.1 has it for modes, 0….
std::optional<int64_t> parse_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || text[0] == '-' || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return negative ? -number : number;
}

// What a scalar without quotes means, by its look.
Json resolve_plain(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (const auto number = parse_integer(text)) return *number;
  return std::string(text);
}

class Converter {
 public:
  explicit Converter(yaml_document_t& document) : document_(document) {}

  Result<Json> convert(int index, int depth) {
    const yaml_node_t* const node = ::yaml_document_get_node(&document_, index);
    if (node == nullptr) return Json();
    if (depth > kMaximumDepth) return error(*node, "is nested too deep");
    if (++values_ > kMaximumValues) return error(*node, "unfolds to too much");
    if (node->type == YAML_SEQUENCE_NODE) return convert_sequence(*node, depth);
    if (node->type == YAML_MAPPING_NODE) return convert_mapping(*node, depth);
    const bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return plain ? resolve_plain(text_of(*node)) : Json(std::string(text_of(*node)));
  }

 private:
  static Error error(const yaml_node_t& node, std::string_view what) {
    return Failure(ErrorKind::kCorrupt, "line {}: {}", node.start_mark.line + 1, what);
  }

  Result<Json> convert_sequence(const yaml_node_t& node, int depth) {
    Json list = Json::array();
    for (const auto* item = node.data.sequence.items.start; item < node.data.sequence.items.top; ++item) {
      list.push_back(TRY(convert(*item, depth + 1)));
    }
    return list;
  }

  Result<Json> convert_mapping(const yaml_node_t& node, int depth) {
    Json object = Json::object();
    for (const auto* pair = node.data.mapping.pairs.start; pair < node.data.mapping.pairs.top; ++pair) {
      const yaml_node_t* const key = ::yaml_document_get_node(&document_, pair->key);
      if (key == nullptr || key->type != YAML_SCALAR_NODE) return error(node, "has a key that is no word");
      const std::string name(text_of(*key));
      if (name == "<<") return error(*key, "merge keys (<<) are not understood");
      if (object.contains(name)) return error(*key, formatted("{} is there twice", name));
      object[name] = TRY(convert(pair->value, depth + 1));
    }
    return object;
  }

  yaml_document_t& document_;
  size_t values_ = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) {
    good_ = ::yaml_parser_initialize(&parser_) == 1;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (good_) ::yaml_parser_set_input_string(&parser_, bytes, text.size());
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() {
    if (good_) ::yaml_parser_delete(&parser_);
  }

  Result<Json> next() {
    yaml_document_t document;
    if (!good_ || ::yaml_parser_load(&parser_, &document) != 1) {
      return Failure(ErrorKind::kCorrupt, "line {}: {}", parser_.problem_mark.line + 1,
                     parser_.problem == nullptr ? "no YAML" : parser_.problem);
    }
    auto json = Converter(document).convert(1, 0);
    ::yaml_document_delete(&document);
    return json;
  }

 private:
  yaml_parser_t parser_;
  bool good_ = false;
};

}  // namespace

Result<codec::Json> parse_yaml(std::string_view text) {
  if (text.size() > kMaximumSize) return Error(ErrorKind::kCorrupt, "more than 8 MiB of YAML");
  return Parser(text).next();
}

}  // namespace tare::engine
