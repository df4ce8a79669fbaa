// Gives memory back that only the start of a container needed.
#pragma once

namespace tare::supervise {

// Frees what malloc holds beyond its use, and drops the pages of the program that were touched so far: the few that are
// needed again come back from the page cache. A supervisor lives for months, and a machine has hundreds of them.
void give_back_memory();

}  // namespace tare::supervise
