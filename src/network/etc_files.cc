// The container's resolv.conf is the host's with other servers: search domains and options are kept unless the user
// gave some. Servers that the container cannot reach (the host's loopback, IPv6) would only make each lookup slow.
#include "network/etc_files.h"

#include <algorithm>

namespace tare::network {
namespace {

struct HostSettings {
  std::vector<std::string> servers, searches, options;
};

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> result;
  std::string word;
  for (char c : line) {
    if (c != ' ' && c != '\t') {
      word += c;
    } else if (!word.empty()) {
      result.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) result.push_back(std::move(word));
  return result;
}

HostSettings parse_resolv_conf(std::string_view text) {
  HostSettings host;
  for (const auto& line : split(text, '\n')) {
    auto fields = words(trim(line));
    if (fields.size() < 2 || fields[0][0] == '#' || fields[0][0] == ';') continue;
    std::vector<std::string> rest(fields.begin() + 1, fields.end());
    if (fields[0] == "nameserver") host.servers.push_back(rest[0]);
    if (fields[0] == "search" || fields[0] == "domain") host.searches = rest;  // the last one wins, as in glibc
    if (fields[0] == "options") host.options.insert(host.options.end(), rest.begin(), rest.end());
  }
  return host;
}

bool is_loopback(const std::string& server) { return server.starts_with("127.") || server == "::1"; }

std::vector<std::string> usable_servers(std::vector<std::string> servers) {
  std::erase_if(servers, [](const std::string& server) {
    return is_loopback(server) || server.find(':') != std::string::npos;  // no route to IPv6 from inside
  });
  if (servers.empty()) servers = {"8.8.8.8", "8.8.4.4"};  // as Docker falls back
  return servers;
}

void add_line(std::string& text, std::string_view keyword, const std::vector<std::string>& values) {
  if (!values.empty()) text += formatted("{} {}\n", keyword, join(values, " "));
}

}  // namespace

std::string render_resolv_conf(std::string_view host_resolv_conf, const DnsSettings& settings,
                               std::optional<Ipv4> resolver) {
  HostSettings host = parse_resolv_conf(host_resolv_conf);
  std::vector<std::string> servers = settings.servers;
  if (servers.empty()) servers = resolver ? std::vector{to_string(*resolver)} : usable_servers(host.servers);

  auto searches = settings.searches.empty() ? host.searches : settings.searches;
  if (searches == std::vector<std::string>{"."}) searches.clear();

  auto options = settings.options.empty() ? host.options : settings.options;
  // Names of containers have no dot: without this they would be asked for with the search domains first.
  bool has_ndots =
      std::any_of(options.begin(), options.end(), [](const auto& option) { return option.starts_with("ndots:"); });
  if (resolver && !has_ndots) options.push_back("ndots:0");

  std::string text;
  for (const auto& server : servers) text += formatted("nameserver {}\n", server);
  add_line(text, "search", searches);
  add_line(text, "options", options);
  return text;
}

std::string render_hosts(const HostsFile& hosts) {
  std::string text =
      "127.0.0.1\tlocalhost\n"
      "::1\tlocalhost ip6-localhost ip6-loopback\n"
      "fe00::0\tip6-localnet\n"
      "ff00::0\tip6-mcastprefix\n"
      "ff02::1\tip6-allnodes\n"
      "ff02::2\tip6-allrouters\n";
  for (const auto& [name, address] : hosts.extra) text += formatted("{}\t{}\n", address, name);
  for (const auto& [address, names] : hosts.own) text += formatted("{}\t{}\n", to_string(address), join(names, " "));
  return text;
}

Result<std::pair<std::string, std::string>> parse_extra_host(std::string_view text, std::optional<Ipv4> gateway) {
  auto parts = cut(text, text.find('=') != std::string_view::npos ? '=' : ':');
  if (!parts || parts->first.empty() || parts->first.find_first_of(" \t\n") != std::string_view::npos) {
    return Failure(ErrorKind::kInvalidArgument, "bad format for add-host: \"{}\"", text)
        .with_hint("write it as name:address");
  }
  auto [name, address] = *parts;
  if (address == "host-gateway") {
    if (!gateway) return Failure(ErrorKind::kInvalidArgument, "{}: host-gateway needs a network", text);
    return std::pair(std::string(name), to_string(*gateway));
  }
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  bool ipv6 = address.find(':') != std::string_view::npos &&
              address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  if (!ipv6 && !parse_ipv4(address)) {
    return Failure(ErrorKind::kInvalidArgument, "invalid IP address in add-host: \"{}\"", address);
  }
  return std::pair(std::string(name), std::string(address));
}

}  // namespace tare::network
