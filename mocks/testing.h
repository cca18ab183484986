// What the tests of this folder share.
#pragma once

#include <kj/async-io.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "mocks/problem.h"

namespace flamesim::mocks::testing {

// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "flamesim-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) abort();
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
  std::string socket(const std::string& name) const { return "unix:" + (path / name).string(); }

  std::filesystem::path path;
};

inline std::string readFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

// The InputError that `function` throws, as its text and its problems.
template <typename Function>
InputError inputErrorOf(Function&& function) {
  try {
    function();
  } catch (const InputError& error) {
    return error;
  }
  return InputError("", "nothing was thrown");
}

// The description of the exception that `promise` rejects with, else "".
inline std::string rejectionOf(kj::Promise<void> promise, kj::WaitScope& wait) {
  std::string description;
  promise
      .catch_([&](kj::Exception&& exception) { description = exception.getDescription().cStr(); })
      .wait(wait);
  return description;
}
template <typename T>
std::string rejectionOf(kj::Promise<T> promise, kj::WaitScope& wait) {
  return rejectionOf(promise.ignoreResult(), wait);
}

}  // namespace flamesim::mocks::testing
