// The control socket: how a command, such as `flamesim quicksilver put`, reaches the `flamesim dev`
// or `flamesim mocks serve` that runs for the same flamesim.jsonc. Cap'n Proto RPC
// (schemas/control.capnp) over a Unix socket in a folder that only its user can enter:
// $XDG_RUNTIME_DIR/flamesim, else flamesim-UID in the folder for temporary files. The socket's name
// follows from the path of the configuration file, so that nothing has to be said but the project.
#pragma once

#include <kj/async-io.h>

#include <filesystem>
#include <map>
#include <string>

#include "mocks/serve.h"
#include "schemas/control.capnp.h"

namespace flamesim::cli {

// What can be administered, by name: services of flamesim.jsonc, and parts of the server itself.
struct ControlPart {
  std::string kind;  // of schemas/control.capnp
  capnp::Capability::Client admin;
};
using ControlParts = std::map<std::string, ControlPart>;

// Listens for the project of `configuration` (absolute path of the file). Where that cannot be, as
// when another one runs for it, it says so on stderr and returns nullptr: the server runs without.
kj::Own<mocks::Listener> serveControl(kj::AsyncIoContext& io,
                                      const std::filesystem::path& configuration,
                                      ControlParts parts);

// A command's connection to a running server. Belongs to the thread that made it.
class ControlConnection {
 public:
  // `project`: a folder with flamesim.jsonc or a wrangler configuration, or such a file. Throws
  // UserError where there is none, or where no server runs for it.
  explicit ControlConnection(const std::string& project);

  // The administrator's capability of the part `name`; empty: of the only part whose kind is
  // `kind`. Throws UserError that lists the parts where there is no such part, or where it is not
  // of `kind`.
  template <typename Interface>
  typename Interface::Client admin(const std::string& name, const std::string& kind) {
    return find(name, kind).castAs<Interface>();
  }
  // For calls on what admin() gave.
  kj::AsyncIoContext& io() { return context; }

 private:
  capnp::Capability::Client find(std::string name, const std::string& kind);

  kj::AsyncIoContext context;
  std::string configuration;
  schemas::Control::Client control;
};

}  // namespace flamesim::cli
