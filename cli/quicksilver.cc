// flamesim quicksilver: reads and writes the configuration store of a running server, or one in a
// folder. Both are reached through the same capability; docs/quicksilver.md describes the commands.
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "cli/command.h"
#include "cli/control.h"
#include "cli/quicksilver_text.h"
#include "mocks/json_capnp.h"
#include "mocks/quicksilver.h"
#include "mocks/quicksilver_import.h"

namespace flamesim::cli {

namespace {

using Admin = schemas::QuicksilverAdmin::Client;

// What every command takes.
struct Place {
  std::string project = ".";
  std::string service;
  std::string store;
};

void addPlace(CLI::App* command, Place& place) {
  auto* store = command->add_option("--store", place.store, "folder of a store, without a server");
  command
      ->add_option("--project", place.project,
                   "folder with the flamesim.jsonc, or the file, that a server runs for")
      ->capture_default_str()
      ->excludes(store);
  command
      ->add_option("--service", place.service,
                   "the service's name, where several have the source quicksilver")
      ->excludes(store);
}

// The administrator's capability of a place.
class Access {
 public:
  Access(const Place& place, mocks::StoreMode mode) {
    if (place.store.empty()) {
      connection.emplace(place.project);
      admin = connection->admin<schemas::QuicksilverAdmin>(place.service, "quicksilver");
    } else {
      local.emplace(kj::setupAsyncIo());
      store = mocks::QuicksilverStore::open(place.store, mode);
      mocks::ReplicaOptions options{.motion = mocks::ReplicaMotion::kWhenPoked};
      admin = mocks::newQuicksilverAdmin(
          store, std::make_shared<mocks::QuicksilverReplica>(store, std::move(options)));
    }
  }

  kj::WaitScope& wait() { return connection ? connection->io().waitScope : local->waitScope; }
  // Of a store without a server, else nullptr.
  mocks::QuicksilverStore* localStore() const { return store.get(); }
  schemas::Quicksilver::Client reader() {
    return admin.readerRequest().send().wait(wait()).getQuicksilver();
  }
  QuicksilverStatusText status() {
    auto response = admin.statusRequest().send().wait(wait());
    return statusText(response.getStatus());
  }

 private:
  std::optional<ControlConnection> connection;
  std::optional<kj::AsyncIoContext> local;
  std::shared_ptr<mocks::QuicksilverStore> store;

 public:
  Admin admin = nullptr;  // after what it stands on
};

capnp::Text::Reader textOf(const std::string& key) {
  return {key.c_str(), key.size()};
}
capnp::Data::Reader dataOf(const std::string& bytes) {
  return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()};
}

void write(std::ostream& out, capnp::Data::Reader bytes) {
  out.write(reinterpret_cast<const char*>(bytes.begin()), std::streamsize(bytes.size()));
}

// `name`: "-" is standard input.
std::istream& openInput(const std::string& name, std::ifstream& file) {
  if (name == "-") return std::cin;
  file.open(name, std::ios::binary);
  if (!file || std::filesystem::is_directory(name)) {
    throw UserError("the file " + name + " cannot be read");
  }
  return file;
}

struct PutOptions : Place {
  std::string key;
  std::string value;
  std::string base64;
  std::string file;
};

std::string valueOf(const PutOptions& options) {
  if (!options.base64.empty()) {
    auto bytes = mocks::decodeBase64(options.base64);
    if (!bytes) throw UserError("--base64 " + options.base64 + " is not base64");
    return *bytes;
  }
  if (options.file.empty()) return options.value;
  std::ifstream file;
  std::istream& in = openInput(options.file, file);
  std::string bytes(mocks::QuicksilverStore::kMaxValueBytes + 1, '\0');
  in.read(bytes.data(), std::streamsize(bytes.size()));
  bytes.resize(size_t(in.gcount()));
  if (bytes.size() > mocks::QuicksilverStore::kMaxValueBytes) {
    throw UserError(options.file + " is too large: a value has at most 32 MiB");
  }
  return bytes;
}

void put(const PutOptions& options) {
  std::string value = valueOf(options);
  Access access(options, mocks::StoreMode::kReadWrite);
  auto request = access.admin.putRequest();
  request.setKey(textOf(options.key));
  request.setValue(dataOf(value));
  std::cout << "index " << request.send().wait(access.wait()).getIndex() << "\n";
}

struct KeyOptions : Place {
  std::string key;
  uint64_t index = 0;
  bool json = false;
};

ExitCode get(const KeyOptions& options) {
  Access access(options, mocks::StoreMode::kReadOnly);
  auto request = access.reader().getRequest();
  request.setKey(textOf(options.key));
  if (options.index != 0) request.initAt().setIndex(options.index);
  auto response = request.send().wait(access.wait());
  if (options.json) {
    std::cout << lookupLine(options.key, response) << "\n";
  } else if (response.getFound()) {
    write(std::cout, response.getValue());
    if (isatty(STDOUT_FILENO) != 0) std::cout << "\n";
  } else {
    std::cerr << "\"" << options.key << "\" is absent at index " << response.getIndex() << "\n";
  }
  return response.getFound() ? ExitCode::kSame : ExitCode::kDifferent;
}

ExitCode remove(const KeyOptions& options) {
  Access access(options, mocks::StoreMode::kReadWrite);
  auto request = access.admin.deleteRequest();
  request.setKey(textOf(options.key));
  auto response = request.send().wait(access.wait());
  if (response.getExisted()) {
    std::cout << "index " << response.getIndex() << "\n";
    return ExitCode::kSame;
  }
  std::cerr << "\"" << options.key << "\" was absent\n";
  return ExitCode::kDifferent;
}

struct ListOptions : Place {
  std::string prefix;
  uint64_t limit = 0;  // 0: all
  uint64_t index = 0;
  bool json = false;
};

// All pages are read at the index of the first.
void list(const ListOptions& options) {
  Access access(options, mocks::StoreMode::kReadOnly);
  auto reader = access.reader();
  uint64_t index = options.index;
  uint64_t left = options.limit == 0 ? UINT64_MAX : options.limit;
  std::string cursor;
  do {
    auto request = reader.listRequest();
    request.setPrefix(textOf(options.prefix));
    request.setCursor(textOf(cursor));
    request.setLimit(uint32_t(std::min<uint64_t>(left, mocks::kMaxListPairs)));
    if (index != 0) request.initAt().setIndex(index);
    auto response = request.send().wait(access.wait());
    for (auto pair : response.getEntries()) {
      std::cout << (options.json ? pairLine(pair) : std::string(pair.getKey().cStr())) << "\n";
    }
    left -= response.getEntries().size();
    index = response.getIndex();
    cursor.assign(response.getCursor().begin(), response.getCursor().size());
  } while (!cursor.empty() && left > 0);
}

struct ImportOptions : Place {
  std::string file;
  bool lines = false;
  bool updates = false;
};

// Pairs to a server, in calls of a bounded size.
class PairSender {
 public:
  explicit PairSender(Access& access) : access(access) {}
  void add(const mocks::PairInput& pair) {
    pairs.push_back(pair);
    bytes += pair.key.size() + pair.value.size();
    if (pairs.size() == kPairs || bytes >= kBytes) send();
  }
  uint64_t finish() {
    if (!pairs.empty()) send();
    return written;
  }

 private:
  static constexpr size_t kPairs = 1000;
  static constexpr size_t kBytes = 4u << 20;

  void send() {
    auto request = access.admin.importRequest();
    auto list = request.initPairs(uint32_t(pairs.size()));
    for (uint32_t i = 0; i < pairs.size(); ++i) {
      list[i].setKey(textOf(pairs[i].key));
      list[i].setValue(dataOf(pairs[i].value));
    }
    written += request.send().wait(access.wait()).getWritten();
    pairs.clear();
    bytes = 0;
  }

  Access& access;
  std::vector<mocks::PairInput> pairs;
  size_t bytes = 0;
  uint64_t written = 0;
};

uint64_t importUpdates(Access& access, std::istream& in, const std::string& name) {
  if (access.localStore() != nullptr) return mocks::loadUpdates(*access.localStore(), in, name);
  uint64_t applied = 0;
  mocks::readUpdateLines(in, name, [&](const mocks::UpdateInput& input) {
    auto request = access.admin.applyRequest();
    fillUpdate(request.initUpdate(), input);
    request.send().wait(access.wait());
    ++applied;
  });
  return applied;
}

uint64_t importPairs(Access& access, const ImportOptions& options, std::istream& in,
                     const std::string& name) {
  bool lines = options.lines || options.file == "-" || mocks::isJsonLines(options.file);
  if (access.localStore() != nullptr) {
    return lines ? mocks::loadPairLines(*access.localStore(), in, name)
                 : mocks::loadPairs(*access.localStore(), options.file);
  }
  PairSender sender(access);
  auto add = [&](const mocks::PairInput& pair) { sender.add(pair); };
  if (lines) {
    mocks::readPairLines(in, name, add);
  } else {
    auto input = mocks::JsonInput::load(options.file);
    mocks::readPairObject(input, add);
  }
  return sender.finish();
}

void import(const ImportOptions& options) {
  std::ifstream file;
  std::string name = options.file == "-" ? "standard input" : options.file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file) throw UserError("the file " + options.file + " cannot be read");
  }
  std::istream& in = options.file == "-" ? std::cin : file;
  Access access(options, mocks::StoreMode::kReadWrite);
  uint64_t written =
      options.updates ? importUpdates(access, in, name) : importPairs(access, options, in, name);
  std::cout << written << (written == 1 ? " update" : " updates") << " written, index "
            << access.status().newest << "\n";
}

struct LogOptions : Place {
  std::optional<uint64_t> after;
  uint64_t limit = 0;  // 0: all
  bool json = false;
  bool check = false;
};

ExitCode log(const LogOptions& options) {
  Access access(options, mocks::StoreMode::kReadOnly);
  uint64_t after = options.after ? *options.after : access.status().historyStart;
  uint64_t left = options.limit == 0 ? UINT64_MAX : options.limit;
  LogCheck check(after);
  for (bool more = true; more && left > 0;) {
    auto request = access.admin.logRequest();
    request.setAfter(after);
    request.setLimit(uint32_t(std::min<uint64_t>(left, mocks::kMaxListPairs)));
    auto response = request.send().wait(access.wait());
    for (auto update : response.getUpdates()) {
      check.add(update);
      after = update.getIndex();
      if (!options.check) {
        std::cout << (options.json ? updateJson(update) : updateText(update)) << "\n";
      }
    }
    left -= response.getUpdates().size();
    more = after < response.getNewest() && response.getUpdates().size() > 0;
  }
  std::cout.flush();
  if (!check.fault().empty()) {
    std::cerr << "error: " << check.fault() << "\n";
    return ExitCode::kDifferent;
  }
  if (options.check) std::cout << check.count() << " updates, none missing or damaged\n";
  return ExitCode::kSame;
}

struct LagOptions : Place {
  std::optional<uint64_t> millis;
  std::optional<uint64_t> stick;
  bool unstick = false;
  bool json = false;
};

void lag(const LagOptions& options) {
  bool changes = options.millis || options.stick || options.unstick;
  if (changes && !options.store.empty()) {
    throw UserError(
        Diagnostic{.message = "a store alone has no lag: a running server's replica has",
                   .help = "set \"lagMs\" or \"stuckAt\" in flamesim.jsonc, or leave "
                           "--store out"});
  }
  Access access(options, mocks::StoreMode::kReadOnly);
  if (options.unstick) access.admin.unstickRequest().send().wait(access.wait());
  if (options.millis) {
    auto request = access.admin.setLagRequest();
    request.setMilliseconds(*options.millis);
    request.send().wait(access.wait());
  }
  if (options.stick) {
    auto request = access.admin.stickRequest();
    request.setIndex(*options.stick);
    request.send().wait(access.wait());
  }
  auto status = access.status();
  std::cout << (options.json ? status.json() : status.lines()) << "\n";
}

// A command whose options live as long as it does.
template <typename Options, typename Define, typename Run>
void add(CLI::App* parent, const char* name, const char* description, Define define, Run run) {
  auto options = std::make_shared<Options>();
  auto* command = parent->add_subcommand(name, description);
  define(*command, *options);
  addPlace(command, *options);
  command->callback([options, run] { run(*options); });
}

constexpr const char* kJson = "print JSON";

void addWriters(CLI::App* parent, ExitCode& code) {
  add<PutOptions>(
      parent, "put", "Write a pair",
      [](CLI::App& command, PutOptions& options) {
        command.add_option("key", options.key)->required();
        auto* source = command.add_option_group("value")->require_option(1);
        source->add_option("value", options.value, "the value, as it stands");
        source->add_option("--file", options.file, "the value is what is in this file; -: stdin");
        source->add_option("--base64", options.base64, "the value, in base64");
      },
      [](const PutOptions& options) { put(options); });
  add<KeyOptions>(
      parent, "del", "Delete a key",
      [](CLI::App& command, KeyOptions& options) {
        command.add_option("key", options.key)->required();
      },
      [&code](const KeyOptions& options) { code = remove(options); });
  add<ImportOptions>(
      parent, "import", "Write the pairs of a file that differ from what is there",
      [](CLI::App& command, ImportOptions& options) {
        command
            .add_option("file", options.file,
                        "JSON; JSON lines where it is named .jsonl or .ndjson; -: JSON lines from "
                        "stdin")
            ->required();
        command.add_flag("--lines", options.lines, "the file is JSON lines");
        command.add_flag(
            "--updates", options.updates,
            "the file is a log, as `log --json` prints it: each update must follow the "
            "one before");
      },
      [](const ImportOptions& options) { import(options); });
}

void addReaders(CLI::App* parent, ExitCode& code) {
  add<KeyOptions>(
      parent, "get", "Print a value",
      [](CLI::App& command, KeyOptions& options) {
        command.add_option("key", options.key)->required();
        command.add_option("--at", options.index, "as it was after the update of this index");
        command.add_flag("--json", options.json, kJson);
      },
      [&code](const KeyOptions& options) { code = get(options); });
  add<ListOptions>(
      parent, "list", "Print keys",
      [](CLI::App& command, ListOptions& options) {
        command.add_option("prefix", options.prefix, "what the keys start with");
        command.add_option("--limit", options.limit, "at most so many");
        command.add_option("--at", options.index, "as it was after the update of this index");
        command.add_flag("--json", options.json,
                         "JSON lines with the values, as import reads them");
      },
      [](const ListOptions& options) { list(options); });
  add<LogOptions>(
      parent, "log", "Print the updates of the history",
      [](CLI::App& command, LogOptions& options) {
        command.add_option("--after", options.after, "those that come after this index");
        command.add_option("--limit", options.limit, "at most so many");
        command.add_flag("--json", options.json, "JSON lines, as import --updates reads them");
        command.add_flag("--check", options.check,
                         "print nothing, but whether one is missing or damaged");
      },
      [&code](const LogOptions& options) { code = log(options); });
  add<LagOptions>(
      parent, "lag", "Print how far the replica of a server is behind, and change it",
      [](CLI::App& command, LagOptions& options) {
        command.add_option("milliseconds", options.millis,
                           "readers see an update so long after it was written");
        auto* stick = command.add_option("--stick", options.stick,
                                         "take no update after this one; 0: none from now on");
        command.add_flag("--unstick", options.unstick, "take updates again")->excludes(stick);
        command.add_flag("--json", options.json, kJson);
      },
      [](const LagOptions& options) { lag(options); });
}

}  // namespace

void addQuicksilver(CLI::App& app, ExitCode& code) {
  auto* command = app.add_subcommand(
      "quicksilver", "The configuration store of a running server, or one in a folder");
  command->require_subcommand(1);
  addReaders(command, code);
  addWriters(command, code);
}

}  // namespace flamesim::cli
