// main() of every fuzz target: gives LLVMFuzzerTestOneInput the seeds and then mutations of them.
// The same arguments give the same inputs. An input that ends the process, or that takes a minute,
// is written to a file, which as the only argument repeats the fault:
//
//   url_fuzz [--runs=N] [--seed=N] [--crash=FILE] SEED...     a SEED is a file, or a folder of them
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// Of the sanitizers' runtime, where there is one: called before a fault that they found ends us.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): it is theirs
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr size_t kLongest = 16 << 10;
constexpr unsigned kHangSeconds = 60;

struct Options {
  uint64_t runs = 0;
  uint64_t seed = 1;
  std::string crash = "fuzz-crash";
  std::vector<std::filesystem::path> seeds;
};

// What a signal handler needs of the input that runs.
const char* crashFile = nullptr;
std::string_view running;

void keepInput() {
  int fd = ::open(crashFile, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool kept = fd >= 0 && ::write(fd, running.data(), running.size()) == ssize_t(running.size());
  constexpr std::string_view kKept = "fuzz: the input is kept in ";
  constexpr std::string_view kLost = "fuzz: the input cannot be written to ";
  auto note = kept ? kKept : kLost;
  (void)!::write(STDERR_FILENO, note.data(), note.size());
  (void)!::write(STDERR_FILENO, crashFile, std::string_view(crashFile).size());
  (void)!::write(STDERR_FILENO, "\n", 1);
}

// The signal's own action is back when this returns: SA_RESETHAND.
void onSignal(int number) {
  keepInput();
  ::raise(number);
}

void watchForFaults() {
  // A stack of its own: the fault may be that the stack is used up.
  static char stack[64 << 10];
  stack_t own = {.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof(stack)};
  ::sigaltstack(&own, nullptr);
  struct sigaction action = {};
  action.sa_handler = onSignal;
  action.sa_flags = SA_ONSTACK | SA_RESETHAND;
  std::vector<int> signals{SIGABRT, SIGALRM};
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(keepInput);
  } else {
    signals.insert(signals.end(), {SIGSEGV, SIGBUS, SIGFPE, SIGILL});
  }
  for (int number : signals) ::sigaction(number, &action, nullptr);
}

void runOn(const std::string& input) {
  // Of exactly its size, so that ASan sees a read past the end.
  std::vector<uint8_t> bytes(input.begin(), input.end());
  running = input;
  ::alarm(kHangSeconds);
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  ::alarm(0);
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& seeds, uint64_t seed) : seeds(seeds), random(seed) {}

  std::string next() {
    std::string input = pick();
    for (size_t left = 1 + below(6); left > 0; --left) mutate(input);
    input.resize(std::min(input.size(), kLongest));
    return input;
  }

 private:
  const std::vector<std::string>& seeds;
  std::mt19937_64 random;

  // The library's distributions are not the same everywhere.
  size_t below(size_t limit) { return random() % limit; }

  const std::string& pick() { return seeds[below(seeds.size())]; }

  // A piece of `text`, short more often than long.
  std::string_view piece(std::string_view text) {
    size_t from = below(text.size() + 1);
    size_t longest = text.size() - from;
    if (below(4) != 0) longest = std::min<size_t>(longest, 8);
    return text.substr(from, below(longest + 1));
  }

  char byte() {
    // Ends of ranges, and what separates things in text.
    constexpr std::string_view kTelling(
        "\0\x01\x7f\x80\xc3\xe2\xf0\xfe\xff\r\n\t \"'\\/:;,.=&?#%@$*+-_<>()[]{}0189aZ", 44);
    return below(2) == 0 ? kTelling[below(kTelling.size())] : char(below(256));
  }

  void mutate(std::string& input) {
    size_t at = below(input.size() + 1);
    bool inside = at < input.size();
    switch (below(9)) {
      case 0:
        if (inside) input[at] = char(input[at] ^ 1 << below(8));
        break;
      case 1:
        if (inside) input[at] = byte();
        break;
      case 2:
        input.insert(at, 1, byte());
        break;
      case 3:
        input.insert(at, 1 + below(64), byte());
        break;
      case 4:
        input.erase(at, 1 + below(8));
        break;
      case 5:
        input.erase(at, below(input.size() + 1));
        break;
      case 6:
        input.insert(at, std::string(piece(input)));
        break;
      case 7:
        input.insert(at, piece(pick()));
        break;
      case 8: {
        auto other = piece(pick());
        input.replace(at, other.size(), other);
        break;
      }
    }
  }
};

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fprintf(stderr, "fuzz: %s cannot be read\n", path.c_str());
    exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> filesOf(const std::vector<std::filesystem::path>& given) {
  std::vector<std::filesystem::path> files;
  for (auto& path : given) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

uint64_t numberOf(std::string_view argument, std::string_view digits) {
  uint64_t number = 0;
  auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc() || end != digits.end()) {
    fprintf(stderr, "fuzz: %.*s is not a number\n", int(argument.size()), argument.data());
    exit(2);
  }
  return number;
}

Options optionsOf(int argc, char** argv) {
  Options options;
  for (std::string_view argument : std::vector<std::string_view>(argv + 1, argv + argc)) {
    auto value = argument.substr(std::min(argument.find('=') + 1, argument.size()));
    if (argument.starts_with("--runs=")) {
      options.runs = numberOf(argument, value);
    } else if (argument.starts_with("--seed=")) {
      options.seed = numberOf(argument, value);
    } else if (argument.starts_with("--crash=")) {
      options.crash = value;
    } else {
      options.seeds.emplace_back(argument);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = optionsOf(argc, argv);
  crashFile = options.crash.c_str();
  std::vector<std::string> seeds;
  for (auto& path : filesOf(options.seeds)) seeds.push_back(contentOf(path));
  watchForFaults();
  for (auto& seed : seeds) runOn(seed);
  size_t given = seeds.size();
  if (seeds.empty()) seeds.emplace_back();
  Mutator mutator(seeds, options.seed);
  for (uint64_t run = 0; run < options.runs; ++run) runOn(mutator.next());
  printf("%zu seeds, %llu mutations of them\n", given,
         static_cast<unsigned long long>(options.runs));
  return 0;
}
