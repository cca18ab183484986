#include "sim/web/snapshot_blob.h"

extern "C" const char flamesim_snapshot_begin[];
extern "C" const char flamesim_snapshot_end[];

namespace flamesim::web {

std::span<const char> embeddedSnapshot() {
  return {flamesim_snapshot_begin, flamesim_snapshot_end};
}

}  // namespace flamesim::web
