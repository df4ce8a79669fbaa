// Undoes something when the scope ends, unless the step that makes it permanent was reached:
//
//   ScopeGuard remove([&] { os::remove_tree(directory); });
//   …several steps that may fail…
//   remove.keep();
#pragma once

#include <utility>

namespace tare {

template <typename Undo>
class [[nodiscard]] ScopeGuard {
 public:
  explicit ScopeGuard(Undo undo) : undo_(std::move(undo)) {}
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;
  ~ScopeGuard() {
    if (armed_) undo_();
  }
  void keep() { armed_ = false; }

 private:
  Undo undo_;
  bool armed_ = true;
};

}  // namespace tare
