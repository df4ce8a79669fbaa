// A recursive descent over the template: text is copied, each {{action}} is evaluated as it is met. Blocks that are not
// taken are walked without output, so that their end is found and their syntax checked.
#include <map>

#include "cmd/tare/go_template.h"
#include "codec/json.h"

namespace tare::cmd {
namespace {

using codec::Json;

Error parse_error(std::string_view what) {
  return Failure(ErrorKind::kInvalidArgument, "template parsing error: {}", what)
      .with_hint("for instance {{.Names}}, {{json .}} or {{range .Mounts}}{{.Source}} {{end}}");
}

// ---- what a value looks like

// Go prints strings bare, lists as [a b], maps as map[k:v], and absent values as <no value>.
std::string printed(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<no value>";
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const auto& element : value) parts.push_back(printed(element));
    return "[" + join(parts, " ") + "]";
  }
  if (value.is_object()) {
    std::vector<std::string> parts;
    for (const auto& [key, element] : value.items()) parts.push_back(key + ":" + printed(element));
    return "map[" + join(parts, " ") + "]";
  }
  return value.dump();
}

bool truth(const Json& value) {
  if (value.is_null()) return false;
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

// ---- the words of an action

std::vector<std::string> tokenize(std::string_view text, Result<void>& failure) {
  std::vector<std::string> tokens;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\n') {
      ++at;
    } else if (c == '"' || c == '`') {
      size_t end = at + 1;
      while (end < text.size() && text[end] != c) end += c == '"' && text[end] == '\\' ? 2 : 1;
      if (end >= text.size()) {
        failure = parse_error("unterminated quoted string");
        return {};
      }
      tokens.emplace_back(text.substr(at, end + 1 - at));
      at = end + 1;
    } else if (c == '(' || c == ')' || c == '|' || c == ',') {
      tokens.emplace_back(1, c);
      ++at;
    } else {
      const size_t end = text.find_first_of(" \t\n\"`()|,", at);
      tokens.emplace_back(text.substr(at, end == std::string_view::npos ? end : end - at));
      at = end == std::string_view::npos ? text.size() : end;
    }
  }
  return tokens;
}

std::string unquoted(const std::string& token) {
  if (token[0] == '`') return token.substr(1, token.size() - 2);
  std::string text;
  for (size_t at = 1; at + 1 < token.size(); ++at) {
    if (token[at] != '\\') {
      text += token[at];
      continue;
    }
    const char escaped = token[++at];
    text += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
  }
  return text;
}

// ---- functions

using Arguments = std::vector<Json>;

Result<Json> index_into(const Arguments& arguments) {
  Json value = arguments.at(0);
  for (size_t at = 1; at < arguments.size(); ++at) {
    const auto& key = arguments[at];
    if (value.is_object() && key.is_string()) {
      value = value.value(key.get<std::string>(), Json(nullptr));
    } else if (value.is_array() && key.is_number_integer()) {
      const auto position = key.get<int64_t>();
      if (position < 0 || static_cast<size_t>(position) >= value.size()) {
        return parse_error(formatted("index out of range: {}", position));
      }
      value = Json(value[static_cast<size_t>(position)]);
    } else {
      return parse_error("index of a value that is no list or map");
    }
  }
  return value;
}

std::string cased(const Json& value, std::string_view function) {
  auto text = to_lower(printed(value));
  if (function == "lower") return text;
  const auto raise = [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); };
  for (size_t at = 0; at < text.size(); ++at) {
    const bool first = at == 0 || text[at - 1] == ' ';
    if (function == "upper" || first) text[at] = raise(text[at]);
  }
  return text;
}

Result<Json> print_formatted(const Arguments& arguments) {
  const auto format = printed(arguments.at(0));
  std::string text;
  size_t next = 1;
  for (size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%' || at + 1 == format.size()) {
      text += format[at];
      continue;
    }
    const char verb = format[++at];
    if (verb == '%') {
      text += '%';
    } else if (std::string_view("svdq").find(verb) == std::string_view::npos) {
      return parse_error(formatted("printf: %{} is not supported", verb));
    } else if (next >= arguments.size()) {
      return parse_error("printf: more verbs than arguments");
    } else {
      text += verb == 'q' ? Json(printed(arguments[next])).dump() : printed(arguments[next]);
      ++next;
    }
  }
  return Json(text);
}

Result<Json> join_list(const Arguments& arguments) {
  std::vector<std::string> parts;
  for (const auto& element : arguments.at(0)) parts.push_back(printed(element));
  return Json(join(parts, arguments.size() > 1 ? printed(arguments[1]) : ""));
}

Result<Json> split_text(const Arguments& arguments) {
  const auto separator = printed(arguments.at(1));
  if (separator.size() != 1) return parse_error("split: the separator is one character");
  return Json(split(printed(arguments[0]), separator[0]));
}

Result<Json> length_of(const Arguments& arguments) {
  const auto& value = arguments.at(0);
  return Json(value.is_string() ? value.get_ref<const std::string&>().size() : value.size());
}

Result<Json> all_of(const Arguments& arguments) {
  for (const auto& value : arguments) {
    if (!truth(value)) return value;
  }
  return arguments.back();
}

Result<Json> any_of(const Arguments& arguments) {
  for (const auto& value : arguments) {
    if (truth(value)) return value;
  }
  return arguments.back();
}

Result<Json> equals_any(const Arguments& arguments) {
  for (size_t at = 1; at < arguments.size(); ++at) {
    if (arguments[0] == arguments[at]) return Json(true);
  }
  return Json(false);
}

struct Function {
  size_t arguments;  // at least
  Result<Json> (*call)(const Arguments&);
};

const std::map<std::string, Function, std::less<>>& functions() {
  static const std::map<std::string, Function, std::less<>> kFunctions = {
      {"json", {1, [](const Arguments& a) -> Result<Json> { return Json(codec::dump_json(a[0])); }}},
      {"index", {1, index_into}},
      {"len", {1, length_of}},
      {"join", {1, join_list}},
      {"split", {2, split_text}},
      {"lower", {1, [](const Arguments& a) -> Result<Json> { return Json(cased(a[0], "lower")); }}},
      {"upper", {1, [](const Arguments& a) -> Result<Json> { return Json(cased(a[0], "upper")); }}},
      {"title", {1, [](const Arguments& a) -> Result<Json> { return Json(cased(a[0], "title")); }}},
      {"printf", {1, print_formatted}},
      {"print", {1, [](const Arguments& a) -> Result<Json> { return Json(printed(a[0])); }}},
      {"println", {1, [](const Arguments& a) -> Result<Json> { return Json(printed(a[0]) + "\n"); }}},
      {"eq", {2, equals_any}},
      {"ne", {2, [](const Arguments& a) -> Result<Json> { return Json(a[0] != a[1]); }}},
      {"not", {1, [](const Arguments& a) -> Result<Json> { return Json(!truth(a[0])); }}},
      {"and", {1, all_of}},
      {"or", {1, any_of}},
  };
  return kFunctions;
}

// ---- evaluation

struct Scope {
  Json dot;
  std::map<std::string, Json> variables;  // "$", "$k"
};

class Expression {
 public:
  Expression(std::vector<std::string> tokens, const Scope& scope) : tokens_(std::move(tokens)), scope_(scope) {}

  Result<Json> evaluate() {
    auto value = TRY(pipeline());
    if (at_ < tokens_.size()) return parse_error(formatted("unexpected \"{}\"", tokens_[at_]));
    return value;
  }

 private:
  Result<Json> pipeline() {
    auto value = TRY(command(std::nullopt));
    while (at_ < tokens_.size() && tokens_[at_] == "|") {
      ++at_;
      value = TRY(command(value));
    }
    return value;
  }

  bool at_operand() const { return at_ < tokens_.size() && tokens_[at_] != "|" && tokens_[at_] != ")"; }

  // An operand alone, or a function with its operands; a piped value is the last of them.
  Result<Json> command(std::optional<Json> piped) {
    if (!at_operand()) return parse_error("missing value for command");
    const auto function = functions().find(tokens_[at_]);
    if (function == functions().end()) {
      if (piped) return parse_error(formatted("function \"{}\" not defined", tokens_[at_]));
      return operand();
    }
    ++at_;
    Arguments arguments;
    while (at_operand()) arguments.push_back(TRY(operand()));
    if (piped) arguments.push_back(std::move(*piped));
    if (arguments.size() < function->second.arguments) {
      return parse_error(formatted("wrong number of arguments for {}", function->first));
    }
    return function->second.call(arguments);
  }

  Result<Json> operand() {
    const auto token = tokens_[at_++];
    if (token == "(") {
      auto value = TRY(pipeline());
      if (at_ >= tokens_.size() || tokens_[at_++] != ")") return parse_error("unclosed parenthesis");
      if (at_ < tokens_.size() && tokens_[at_].starts_with('.')) return field(value, tokens_[at_++]);
      return value;
    }
    if (token[0] == '"' || token[0] == '`') return Json(unquoted(token));
    if (token[0] == '.') return field(scope_.dot, token);
    if (token[0] == '$') return variable(token);
    if (token == "true" || token == "false") return Json(token == "true");
    if (const auto number = parse_signed(token)) return Json(*number);
    return parse_error(formatted("function \"{}\" not defined", token));
  }

  Result<Json> variable(const std::string& token) {
    const auto name = token.substr(0, token.find('.'));
    const auto found = scope_.variables.find(name);
    if (found == scope_.variables.end()) return parse_error(formatted("undefined variable \"{}\"", name));
    return name.size() == token.size() ? Result<Json>(found->second) : field(found->second, token.substr(name.size()));
  }

  // ".A.B" of a value. A map without the key gives no value; what is no map has no fields at all.
  static Result<Json> field(Json value, const std::string& path) {
    for (const auto& name : split(path.substr(1), '.')) {
      if (name.empty()) continue;
      if (value.is_null()) return value;
      if (!value.is_object()) return parse_error(formatted("can't evaluate field {} in {}", name, value.type_name()));
      const auto found = value.find(name);
      if (found == value.end()) return parse_error(formatted("can't evaluate field {}: there is none", name));
      value = Json(*found);
    }
    return value;
  }

  std::vector<std::string> tokens_;
  const Scope& scope_;
  size_t at_ = 0;
};

// ---- the template

class Renderer {
 public:
  explicit Renderer(std::string_view text) : text_(text) {}

  Result<std::string> render(const Json& document) {
    Scope scope{document, {{"$", document}}};
    TRY(block(scope, true));
    if (!stop_.empty()) return parse_error(formatted("unexpected {{{{{}}}}}", stop_));
    return out_;
  }

 private:
  struct Action {
    std::string keyword;  // "if", "range", "with", "else", "end", "" for an expression
    std::string rest;
  };

  // Renders until {{end}}, {{else}} or the end of the text; `stop_` says which.
  Result<void> block(const Scope& scope, bool active) {
    for (;;) {
      const auto action = TRY(next_action(active));
      if (!action) {
        stop_.clear();
        return {};
      }
      if (action->keyword == "end" || action->keyword == "else") {
        stop_ = action->keyword;
        stop_rest_ = action->rest;
        return {};
      }
      if (action->keyword == "range")
        TRY(range(scope, action->rest, active));
      else if (!action->keyword.empty())
        TRY(condition(scope, *action, active));
      else if (active)
        out_ += printed(TRY(evaluate(action->rest, scope)));
    }
  }

  // Copies text up to the next {{action}} and returns it.
  Result<std::optional<Action>> next_action(bool active) {
    const size_t open = text_.find("{{", at_);
    auto literal = text_.substr(at_, open == std::string_view::npos ? open : open - at_);
    if (trim_next_) literal.remove_prefix(std::min(literal.find_first_not_of(" \t\r\n"), literal.size()));
    trim_next_ = false;
    if (open == std::string_view::npos) {
      if (active) out_ += literal;
      at_ = text_.size();
      return std::optional<Action>();
    }
    const size_t close = text_.find("}}", open);
    if (close == std::string_view::npos) return parse_error("unclosed action");
    auto inside = text_.substr(open + 2, close - open - 2);
    if (inside.starts_with("- ")) {
      while (!literal.empty() && trim(literal.substr(literal.size() - 1)).empty()) literal.remove_suffix(1);
      inside.remove_prefix(2);
    }
    if (inside.ends_with(" -")) {
      inside.remove_suffix(2);
      trim_next_ = true;
    }
    if (active) out_ += literal;
    at_ = close + 2;
    return std::optional(classify(trim(inside)));
  }

  static Action classify(std::string_view inside) {
    for (const std::string_view keyword : {"if", "range", "with", "else", "end"}) {
      const bool whole = inside == keyword;
      if (whole || inside.starts_with(std::string(keyword) + " ")) {
        return {std::string(keyword), std::string(trim(inside.substr(keyword.size())))};
      }
    }
    return {"", inside.starts_with("/*") ? "\"\"" : std::string(inside)};
  }

  static Result<Json> evaluate(const std::string& text, const Scope& scope) {
    Result<void> failure;
    auto tokens = tokenize(text, failure);
    TRY(std::move(failure));
    return Expression(std::move(tokens), scope).evaluate();
  }

  // {{if}} and {{with}}, with their {{else}} and {{else if}}.
  Result<void> condition(const Scope& scope, const Action& action, bool active) {
    const auto value = active ? TRY(evaluate(action.rest, scope)) : Json(nullptr);
    const bool taken = active && truth(value);
    Scope inner = scope;
    if (action.keyword == "with") inner.dot = value;
    TRY(block(inner, taken));
    if (stop_ == "else" && stop_rest_.starts_with("if ")) {
      return condition(scope, {"if", stop_rest_.substr(3)}, active && !taken);
    }
    if (stop_ == "else") TRY(block(scope, active && !taken));
    return expect_end();
  }

  Result<void> range(const Scope& scope, const std::string& header, bool active) {
    const auto assignment = header.find(":=");
    const auto names =
        assignment == std::string::npos ? std::vector<std::string>() : split(header.substr(0, assignment), ',');
    const auto expression = assignment == std::string::npos ? header : header.substr(assignment + 2);
    const auto list = active ? TRY(evaluate(expression, scope)) : Json(nullptr);
    const size_t start = at_;
    const bool trim_start = trim_next_;
    if (list.empty()) TRY(block(scope, false));
    for (const auto& [key, value] : list.items()) {
      at_ = start;
      trim_next_ = trim_start;
      Scope inner = scope;
      inner.dot = value;
      if (names.size() == 1) inner.variables[std::string(trim(names[0]))] = value;
      if (names.size() == 2) {
        inner.variables[std::string(trim(names[0]))] = list.is_array() ? Json(std::stoll(key)) : Json(key);
        inner.variables[std::string(trim(names[1]))] = value;
      }
      TRY(block(inner, true));
    }
    if (stop_ == "else") TRY(block(scope, active && list.empty()));
    return expect_end();
  }

  Result<void> expect_end() {
    if (stop_ != "end") return parse_error("unexpected EOF: {{end}} is missing");
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
  bool trim_next_ = false;
  std::string stop_;
  std::string stop_rest_;
  std::string out_;
};

}  // namespace

Result<std::string> render_template(std::string_view text, std::string_view json) {
  const auto document = TRY(codec::parse_json(json));
  return Renderer(text).render(document);
}

}  // namespace tare::cmd
