#include "store/store.h"

#include "store/core.h"

namespace tare::store {

struct Lease::State {
  explicit State(std::shared_ptr<Session> of) : session(std::move(of)) { session->add_holder(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { session->remove_holder(); }
  const std::shared_ptr<Session> session;
};

Lease::Lease(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& root) {
  auto core = TRY(Core::open(root));
  return Store(std::make_unique<State>(State{std::move(core)}));
}

const std::string& Store::root() const { return state_->core->root(); }
Database& Store::database() { return state_->core->main_database(); }

Result<std::string> Store::make_work_directory() { return state_->core->make_work_directory(); }

Result<Lease> Store::lease() {
  auto database = TRY(state_->core->connect());
  auto session = state_->core->session();
  TRY(session->start(*database));
  return Lease(std::make_unique<Lease::State>(std::move(session)));
}

}  // namespace tare::store
