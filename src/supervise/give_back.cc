#include "supervise/give_back.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace tare::supervise {
namespace {

struct Pages {
  void* start;
  size_t size;
};

struct ProgramPages {
  std::array<Pages, 8> segments;
  size_t count = 0;
};

// Only of mappings that were never writable: their pages are those of the file.
int list_segments(dl_phdr_info* program, size_t, void* result) {
  auto& pages = *static_cast<ProgramPages*>(result);
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int index = 0; index < program->dlpi_phnum && pages.count < pages.segments.size(); ++index) {
    const auto& segment = program->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t start = (program->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const uintptr_t end = program->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    pages.segments[pages.count++] = {reinterpret_cast<void*>(start), end - start};
  }
  return 1;  // the first is the program itself
}

}  // namespace

void give_back_memory() {
  ::malloc_trim(0);
  // A fault brings 64 KiB back: everything is looked up before the first page is dropped.
  ProgramPages pages;
  ::dl_iterate_phdr(list_segments, &pages);
  for (size_t index = 0; index < pages.count; ++index) {
    ::madvise(pages.segments[index].start, pages.segments[index].size, MADV_DONTNEED);
  }
}

}  // namespace tare::supervise
