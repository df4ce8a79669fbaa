// Building in this process, with the default network for RUN steps.
#include "base/log.h"
#include "engine/core.h"
#include "network/etc_files.h"
#include "network/network.h"
#include "os/file.h"

namespace tare::engine {
namespace {

// One RUN step's place in the default network: an endpoint like a container's, under a made-up id.
class StepNetwork : public build::RunNetwork {
 public:
  StepNetwork(std::unique_ptr<EngineCore> core, std::string id, UniqueFd network_namespace, std::string resolv_conf)
      : core_(std::move(core)),
        id_(std::move(id)),
        network_namespace_(std::move(network_namespace)),
        resolv_conf_(std::move(resolv_conf)) {}
  StepNetwork(const StepNetwork&) = delete;
  StepNetwork& operator=(const StepNetwork&) = delete;
  ~StepNetwork() override {
    const auto released = drop_endpoints(*core_, id_);
    if (!released.ok()) log_warning(released.error().text());
  }
  BorrowedFd network_namespace() const override { return network_namespace_; }
  std::string resolv_conf() const override { return resolv_conf_; }

 private:
  std::unique_ptr<EngineCore> core_;
  std::string id_;
  UniqueFd network_namespace_;
  std::string resolv_conf_;
};

// Called from the threads of parallel stages: each step has a connection to the database of its own.
Result<std::unique_ptr<build::RunNetwork>> attach_step(const os::Paths& paths) {
  auto own = std::make_unique<EngineCore>(EngineCore{paths, TRY(store::Store::open(paths.store()))});
  EngineCore& core = *own;
  const auto network = TRY(find_or_make_network(core, kDefaultNetwork));
  const auto bridge = bridge_of(network);
  const auto index = TRY(network::ensure_bridge(bridge, "tare" + network_instance(core.paths)));
  const auto id = TRY(make_id());
  const auto endpoint = TRY(take_address(core, network, id, ""));
  const auto address = network::parse_ipv4(endpoint.address).value_or(network::Ipv4{});
  auto network_namespace = TRY(network::create_namespace());
  auto step = std::make_unique<StepNetwork>(
      std::move(own), id, std::move(network_namespace),
      network::render_resolv_conf(os::read_file("/etc/resolv.conf").value_or(""), {}, std::nullopt));
  TRY(network::attach(step->network_namespace(), {.bridge_index = index,
                                                  .host_name = network::host_interface_name(id),
                                                  .address = address,
                                                  .prefix = bridge.subnet.prefix,
                                                  .mac = network::mac_of(address),
                                                  .gateway = bridge.gateway}));
  return std::unique_ptr<build::RunNetwork>(std::move(step));
}

}  // namespace

Result<build::BuildResult> Engine::build_image(build::BuildRequest request) {
  if (!request.attach_network && !is_rootless()) {
    request.attach_network = [paths = core_->paths] { return attach_step(paths); };
  }
  return build::build(core_->store, request);
}

}  // namespace tare::engine
