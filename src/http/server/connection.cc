// Bytes go from the transport into one flat buffer and from there through Beast's parser; bodies are copied once, from
// that buffer to the handler's. Replies are written by hand: a header block is a few lines of text.
#include "http/server/connection.h"

#include <ctime>
#include <limits>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace tare::http {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::buffer_body>;

constexpr size_t kReceiveSize = size_t{64} << 10;
constexpr size_t kHeaderLimit = size_t{64} << 10;
// A body that the handler did not want is read to its end when it is short, so that the connection can go on.
constexpr uint64_t kDrainLimit = uint64_t{1} << 20;
constexpr uint64_t kLingerLimit = uint64_t{256} << 20;
constexpr std::chrono::seconds kLingerTime{10};

std::string http_date() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// Line ends in a value would make headers, or a reply, of the client's choice.
std::string one_line(std::string value) {
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return value;
}

}  // namespace

struct Connection::Input {
  explicit Input(Transport& from) : transport(from) {}

  // False when the peer has closed.
  Result<bool> receive() {
    const auto space = buffer.prepare(kReceiveSize);
    const size_t count = TRY(transport.receive({static_cast<std::byte*>(space.data()), space.size()}));
    buffer.commit(count);
    return count > 0;
  }

  Transport& transport;
  beast::flat_buffer buffer;
};

// One request and its reply.
struct Connection::Exchange : ByteSource {
  explicit Exchange(Input& from) : input(from) {
    parser.header_limit(kHeaderLimit);
    // Handlers bound what they take. Not boost::none: Beast 1.74 compares with it and refuses every length.
    parser.body_limit(std::numeric_limits<uint64_t>::max());
  }

  Result<bool> read_header();  // false: the client closed between requests
  Request describe(const std::string& remote);
  Result<size_t> read(std::span<std::byte> space) override;
  Result<void> parse_some(bool& wants_more);
  Result<void> drain();
  bool is_drainable() const;
  bool awaits_continue() const;

  Input& input;
  Parser parser;
  bool continued = false;  // "100 Continue" was sent
  bool keep_alive = true;
};

Result<bool> Connection::Exchange::read_header() {
  bool fresh = input.buffer.size() == 0;
  while (!parser.is_header_done()) {
    bool wants_more = input.buffer.size() == 0;
    if (!wants_more) TRY(parse_some(wants_more));
    if (parser.is_header_done() || !wants_more) continue;
    if (!TRY(input.receive())) {
      if (fresh) return false;
      return Failure(ErrorKind::kUnavailable, "the client closed the connection in the middle of a request");
    }
    fresh = false;
  }
  parser.eager(true);
  keep_alive = parser.keep_alive();
  return true;
}

Result<void> Connection::Exchange::parse_some(bool& wants_more) {
  beast::error_code failure;
  const size_t used = parser.put(input.buffer.data(), failure);
  input.buffer.consume(used);
  wants_more = failure == beast::http::error::need_more;
  if (!failure || wants_more || failure == beast::http::error::need_buffer) return {};
  const auto kind = failure == beast::http::error::header_limit ? ErrorKind::kExhausted : ErrorKind::kInvalidArgument;
  return Failure(kind, "bad request: {}", failure.message());
}

Request Connection::Exchange::describe(const std::string& remote) {
  const auto& message = parser.get();
  Request request{.method = std::string(view(message.method_string())),
                  .target = std::string(view(message.target())),
                  .remote = remote,
                  .headers = {},
                  .content_length = std::nullopt,
                  .body = *this};
  for (const auto& field : message) {
    request.headers.add(std::string(view(field.name_string())), std::string(view(field.value())));
  }
  if (const auto length = parser.content_length()) request.content_length = *length;
  return request;
}

bool Connection::Exchange::awaits_continue() const {
  return !continued && !parser.is_done() && beast::iequals(parser.get()[beast::http::field::expect], "100-continue");
}

Result<size_t> Connection::Exchange::read(std::span<std::byte> space) {
  if (parser.is_done() || space.empty()) return size_t{0};
  if (awaits_continue()) {
    continued = true;
    TRY(input.transport.send(as_bytes("HTTP/1.1 100 Continue\r\n\r\n")));
  }
  auto& body = parser.get().body();
  body.data = space.data();
  body.size = space.size();
  while (!parser.is_done() && body.size > 0) {
    bool wants_more = input.buffer.size() == 0;
    if (!wants_more) TRY(parse_some(wants_more));
    if (parser.is_done() || !wants_more) continue;
    const auto received = input.receive();
    if (received.ok() && *received) continue;
    // What arrived before the break is delivered; the next read meets the break again.
    if (body.size < space.size()) break;
    if (!received.ok()) return Error(received.error().kind(), received.error().text());
    return Failure(ErrorKind::kUnavailable, "the client closed the connection in the middle of the body");
  }
  return space.size() - body.size;
}

Result<void> Connection::Exchange::drain() {
  std::vector<std::byte> scratch(kReceiveSize);
  while (TRY(read(scratch)) > 0) continue;
  return {};
}

bool Connection::Exchange::is_drainable() const {
  if (parser.is_done()) return true;
  const auto rest = parser.content_length_remaining();
  return !awaits_continue() && rest && *rest <= kDrainLimit;
}

Connection::Connection(std::unique_ptr<Transport> transport, std::string remote, const Service& service)
    : transport_(std::move(transport)),
      remote_(std::move(remote)),
      service_(service),
      input_(std::make_unique<Input>(*transport_)) {}

Connection::~Connection() = default;

Connection::Next Connection::serve() {
  do {
    if (!serve_one()) return Next::kClose;
  } while (input_->buffer.size() > 0 || transport_->has_buffered());
  return Next::kWait;
}

// False: the connection is to be closed.
bool Connection::serve_one() {
  Exchange exchange(*input_);
  const auto arrived = exchange.read_header();
  if (!arrived.ok()) refuse(arrived.error());
  if (!arrived.ok() || !*arrived) return false;

  const auto begin = std::chrono::steady_clock::now();
  Request request = exchange.describe(remote_);
  const Reply reply = service_.handler(request);
  const bool drainable = exchange.is_drainable();
  exchange.keep_alive = exchange.keep_alive && drainable && !service_.stopping;
  auto sent = send(reply, exchange);
  if (service_.options.observe) {
    const auto duration =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    service_.options.observe(
        {remote_, request.method, request.target, std::string(request.headers.find("User-Agent").value_or("")),
         reply.status, reply.body_length(), duration,
         sent.ok() ? std::nullopt : std::optional(Error(sent.error().kind(), sent.error().text()))});
  }
  if (!sent.ok()) return false;
  if (!drainable) linger();
  return exchange.keep_alive && exchange.drain().ok();
}

Result<void> Connection::send(const Reply& reply, const Exchange& exchange) {
  const auto& message = exchange.parser.get();
  const auto reason = beast::http::obsolete_reason(beast::http::int_to_status(static_cast<unsigned>(reply.status)));
  std::string text =
      formatted("HTTP/1.1 {} {}\r\nDate: {}\r\nServer: tare\r\n", reply.status, view(reason), http_date());
  for (const auto& [name, value] : reply.headers) text += formatted("{}: {}\r\n", name, one_line(value));
  // RFC 9110, section 8.6: neither of the two has content, nor says how long it would be.
  const bool has_content = reply.status != 204 && reply.status != 304;
  if (has_content) text += formatted("Content-Length: {}\r\n", reply.body_length());
  if (!exchange.keep_alive) text += "Connection: close\r\n";
  if (exchange.keep_alive && message.version() < 11) text += "Connection: keep-alive\r\n";
  text += "\r\n";
  const bool has_body = has_content && message.method() != beast::http::verb::head;
  if (const auto* body = std::get_if<std::string>(&reply.body); body != nullptr && has_body) text += *body;
  TRY(transport_->send(as_bytes(text)));
  const auto* file = std::get_if<FileBody>(&reply.body);
  if (file == nullptr || !has_body) return {};
  return transport_->send_file(file->file, file->offset, file->length);
}

// What is no HTTP gets a short answer, so that a person with curl sees why.
void Connection::refuse(const Error& error) {
  if (error.kind() != ErrorKind::kInvalidArgument && error.kind() != ErrorKind::kExhausted) return;
  const std::string_view status =
      error.kind() == ErrorKind::kExhausted ? "431 Request Header Fields Too Large" : "400 Bad Request";
  const std::string body = error.text() + "\n";
  const auto sent = transport_->send(
      as_bytes(formatted("HTTP/1.1 {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                         status, body.size(), body)));
  if (sent.ok()) linger();
}

// Closing with unread bytes in the socket makes the kernel send a reset, which can destroy the reply on its way to a
// client that is still sending.
void Connection::linger() {
  transport_->end_sending();
  const auto deadline = std::chrono::steady_clock::now() + kLingerTime;
  std::vector<std::byte> scratch(kReceiveSize);
  for (uint64_t total = 0; total < kLingerLimit && std::chrono::steady_clock::now() < deadline;) {
    const auto count = transport_->receive(scratch);
    if (!count.ok() || *count == 0) return;
    total += *count;
  }
}

}  // namespace tare::http
