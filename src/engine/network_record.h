// A bridge network as the engine keeps it in the database.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tare::engine {

inline constexpr const char* kDefaultNetwork = "bridge";

struct NetworkOptions {
  std::string name;
  std::string subnet;   // CIDR; empty: the first free one
  std::string gateway;  // empty: the subnet's first address
  bool internal = false;
  std::map<std::string, std::string> labels;
};

struct NetworkRecord {
  std::string id;  // 64 hexadecimal digits
  std::string name;
  std::string driver = "bridge";
  std::string bridge;  // the kernel's interface
  std::string subnet;  // "172.30.0.0/16"
  std::string gateway;
  bool internal = false;
  std::string created;  // RFC 3339
  std::map<std::string, std::string> labels;
  // Running containers in it: id, address.
  struct Member {
    std::string container_id;
    std::string address;
    std::string mac;
  };
  std::vector<Member> members;
};

}  // namespace tare::engine
