// mksnapshot SCRIPT BLOB: the build's step from the runtime's script to the startup snapshot.
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>

#include "sim/js/engine.h"
#include "sim/js/snapshot.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: mksnapshot SCRIPT BLOB\n");
    return 2;
  }
  try {
    std::ifstream in(argv[1], std::ios::binary);
    std::ostringstream script;
    script << in.rdbuf();
    flamesim::js::Engine engine({});
    std::string blob = flamesim::js::buildSnapshot(script.str(), flamesim::js::kRuntimeScript);
    std::ofstream out(argv[2], std::ios::binary);
    out.write(blob.data(), std::streamsize(blob.size()));
    if (!out.flush()) throw std::runtime_error(std::string("cannot write ") + argv[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mksnapshot: %s\n", error.what());
    return 1;
  }
}
