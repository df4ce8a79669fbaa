#include "supervise/attached_clients.h"

#include <algorithm>

namespace tare::supervise {

AttachedClients::AttachedClients(EventLoop& loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      input_(loop,
             [this] {
               for (auto& client : clients_) {
                 if (!client->gone()) client->input_ready();
               }
             }),
      sweep_(loop, [this] { sweep(); }) {}

void AttachedClients::add(UniqueFd socket, bool with_stdin) {
  clients_.push_back(
      std::make_unique<AttachedClient>(loop_, std::move(socket), with_stdin ? &input_ : nullptr, options_.log, *this));
}

void AttachedClients::deliver(FrameStream stream, std::string_view bytes) {
  for (auto& client : clients_) client->deliver(stream, bytes);
}

void AttachedClients::finish(std::string_view exit_payload) {
  for (auto& client : clients_) client->finish(exit_payload);
}

bool AttachedClients::holding() const {
  return std::any_of(clients_.begin(), clients_.end(), [](const auto& client) { return client->holds(); });
}

void AttachedClients::input_ended(AttachedClient&) {
  if (options_.close_input_with_client) input_.close();
}

void AttachedClients::sweep() {
  std::erase_if(clients_, [](const auto& client) { return client->gone(); });
  options_.on_change();
}

}  // namespace tare::supervise
