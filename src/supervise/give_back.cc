#include "supervise/give_back.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace tare::supervise {
namespace {

// Only of mappings that were never writable: their pages are those of the file.
int drop_pages(dl_phdr_info* program, size_t, void*) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int index = 0; index < program->dlpi_phnum; ++index) {
    const auto& segment = program->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t start = (program->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const uintptr_t end = program->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    ::madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  return 1;  // the first is the program itself
}

}  // namespace

void give_back_memory() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(drop_pages, nullptr);
}

}  // namespace tare::supervise
