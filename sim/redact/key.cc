#include "sim/redact/key.h"

#include <sys/stat.h>

#include "sim/bundle/files.h"

namespace flamesim::redact {

namespace {

constexpr size_t kFewestKeyBytes = 16;
constexpr mode_t kOfOthers = 077;

}  // namespace

KeyFile readKey(const std::filesystem::path& file) {
  KeyFile result;
  auto shown = bundle::displayPath(file);
  result.key = bundle::readFile(file).orThrow();
  while (!result.key.empty() && (result.key.back() == '\n' || result.key.back() == '\r')) {
    result.key.pop_back();
  }
  if (result.key.size() < kFewestKeyBytes) {
    throw UserError(
        Diagnostic{.message = shown + " holds " + std::to_string(result.key.size()) +
                              " bytes; a key of pseudonyms has 16 or more",
                   .help = "make one: (umask 077; openssl rand -hex 32 > " + shown + ")"});
  }
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & kOfOthers) != 0) {
    result.warning = Diagnostic{.severity = Severity::kWarning,
                                .message = "others can read " + shown +
                                           ": who has the key can find out what a pseudonym "
                                           "stands for",
                                .help = "chmod 600 " + shown};
  }
  return result;
}

}  // namespace flamesim::redact
