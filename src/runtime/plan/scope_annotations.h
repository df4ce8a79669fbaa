// Annotations "org.systemd.property.NAME": properties for the scope that systemd makes, as runc takes them. The value
// is GVariant text: 5, uint64 5, 1.5, true, 'text', ['a.service', 'b.service']. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace tare::runtime {

// "TimeoutStopUSec:t=1000000": name, D-Bus type, value; elements of "as" are lines. A NAME that ends in Sec is given in
// seconds, and has the name and the unit of D-Bus then. What is neither is refused, by the annotation's name.
Result<std::vector<std::string>> plan_scope_annotations(const std::map<std::string, std::string>& annotations);

}  // namespace tare::runtime
