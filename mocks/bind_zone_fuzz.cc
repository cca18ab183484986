// Fuzz target: any bytes as a zone file that includes itself. Every fault has its place; what is
// read is in the zone, and its canonical text is read again as it is.
#include <cstdint>
#include <cstdlib>

#include "mocks/bind_zone.h"
#include "mocks/dns_name.h"

using namespace flamesim::mocks;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  // What a file includes is the file, as long as it is not too deep; many inclusions are slow.
  size_t reads = 0;
  auto read = [&](const std::filesystem::path&) -> std::optional<std::string> {
    if (++reads > 20) return std::nullopt;
    return text;
  };
  try {
    BindZone zone = parseBindZone("fuzz.zone", "example.com", read);
    std::string canonical;
    for (const BindRecord& each : zone.records) {
      if (!isWithin(each.name, "example.com") || !nameFault(each.name).empty()) std::abort();
      if (each.record.ttl > kMostTtl) std::abort();
      std::string again;
      if (readContent(*findRecordType(each.record.type), each.record.data, again)) std::abort();
      if (again != each.record.data) std::abort();
    }
  } catch (const InputError& error) {
    if (error.problems.empty() || error.problems.size() > 100) std::abort();
    for (auto& problem : error.problems) {
      if (problem.message.empty() || problem.line == 0 || problem.file.empty()) std::abort();
    }
  }
  return 0;
}
