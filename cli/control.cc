#include "cli/control.h"

#include <kj/debug.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "mocks/connect.h"
#include "sim/base/error.h"
#include "sim/bundle/simulation.h"

namespace flamesim::cli {

namespace fs = std::filesystem;

namespace {

// Sockets of other users are never talked to.
fs::path socketFolder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  fs::path folder = runtime != nullptr && *runtime != '\0'
                        ? fs::path(runtime) / "flamesim"
                        : fs::temp_directory_path() / ("flamesim-" + std::to_string(getuid()));
  struct stat found {};
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    throw UserError("cannot make the folder " + folder.string() + " of control sockets");
  }
  if (lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != getuid() ||
      (found.st_mode & 0077) != 0) {
    throw UserError(folder.string() + " is not a folder that is yours alone", ExitCode::kRunFailed);
  }
  return folder;
}

// The same program computes both ends, so any hash does.
std::string addressFor(const fs::path& configuration) {
  size_t hash = std::hash<std::string>()(fs::weakly_canonical(configuration).string());
  return "unix:" + (socketFolder() / (std::to_string(hash) + ".sock")).string();
}

class ControlServer final : public schemas::Control::Server {
 public:
  explicit ControlServer(ControlParts parts) : all(std::move(parts)) {}

  kj::Promise<void> admin(AdminContext context) override {
    std::string name = context.getParams().getName().cStr();
    auto found = all.find(name);
    KJ_REQUIRE(found != all.end(), "there is nothing to administer of that name", name);
    context.getResults().setAdmin(found->second.admin);
    return kj::READY_NOW;
  }

  kj::Promise<void> parts(PartsContext context) override {
    auto list = context.getResults().initParts(all.size());
    uint32_t i = 0;
    for (auto& [name, part] : all) {
      list[i].setName(name);
      list[i++].setKind(part.kind);
    }
    return kj::READY_NOW;
  }

 private:
  ControlParts all;
};

}  // namespace

kj::Own<mocks::Listener> serveControl(kj::AsyncIoContext& io, const fs::path& configuration,
                                      ControlParts parts) {
  try {
    return mocks::serve(io.provider->getNetwork(), addressFor(configuration),
                        kj::heap<ControlServer>(std::move(parts)))
        .wait(io.waitScope);
  } catch (const kj::Exception& error) {
    std::cerr << "warning: commands cannot reach this server: " << error.getDescription().cStr()
              << "\n";
  } catch (const UserError& error) {
    std::cerr << "warning: commands cannot reach this server: " << error.diagnostic.message << "\n";
  }
  return {};
}

namespace {
fs::path configurationOf(const std::string& project) {
  return bundle::loadSimulation(project).file;
}
}  // namespace

ControlConnection::ControlConnection(const std::string& project)
    : context(kj::setupAsyncIo()),
      configuration(configurationOf(project).string()),
      control(mocks::connect(context.provider->getNetwork(), addressFor(configuration))
                  .castAs<schemas::Control>()) {}

capnp::Capability::Client ControlConnection::find(std::string name, const std::string& kind) {
  try {
    auto answer = control.partsRequest().send().wait(context.waitScope);
    std::string known;
    std::string found;
    size_t count = 0;
    for (auto part : answer.getParts()) {
      if (part.getKind() != kind.c_str()) continue;
      known += (known.empty() ? "" : ", ") + std::string(part.getName().cStr());
      ++count;
      if (name.empty() || part.getName() == name.c_str()) found = part.getName().cStr();
    }
    if (count == 0) {
      throw UserError("the server that runs for " + configuration + " has nothing of the kind \"" +
                      kind + "\"");
    }
    if (found.empty() || (name.empty() && count > 1)) {
      throw UserError(Diagnostic{
          .message = name.empty() ? "there are several of the kind \"" + kind + "\": say which"
                                  : "there is no \"" + name + "\" of the kind \"" + kind + "\"",
          .help = "it has " + known});
    }
    auto request = control.adminRequest();
    request.setName(found);
    return request.send().wait(context.waitScope).getAdmin();
  } catch (const kj::Exception& error) {
    if (error.getType() != kj::Exception::Type::DISCONNECTED) {
      throw UserError(error.getDescription().cStr(), ExitCode::kRunFailed);
    }
    throw UserError(Diagnostic{.message = "no flamesim server runs for " + configuration,
                               .help = "start one with `flamesim dev` or `flamesim mocks serve`"},
                    ExitCode::kRunFailed);
  }
}

}  // namespace flamesim::cli
