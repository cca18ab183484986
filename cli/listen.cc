
#include "cli/command.h"
#include "cli/services.h"

namespace flamesim::cli {

kj::Own<kj::ConnectionReceiver> listenOn(kj::AsyncIoContext& io, const std::string& address) {
  // KJ's own listen() does not say which address failed, nor that somebody else has it.
  try {
    auto parsed = io.provider->getNetwork().parseAddress(address).wait(io.waitScope);
    return parsed->listen();
  } catch (const kj::Exception& error) {
    std::string why = error.getDescription().cStr();
    bool taken = why.find("already in use") != std::string::npos;
    throw UserError(Diagnostic{
        .message = "cannot listen on " + address + ": " + (taken ? "the address is in use" : why),
        .help = taken ? "end the program that has it, or choose another with --listen" : ""});
  }
}

}  // namespace flamesim::cli
