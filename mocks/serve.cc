#include "mocks/serve.h"

#include <capnp/rpc-twoparty.h>
#include <fcntl.h>
#include <kj/debug.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace flamesim::mocks {
namespace {

constexpr std::string_view kUnix = "unix:";

[[noreturn]] void unusable(const std::string& address, const std::string& why) {
  kj::throwFatalException(
      kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                    kj::str("cannot listen on ", address.c_str(), ": ", why.c_str())));
}

// KJ's descriptions hold the failed system call and its operands; people want the reason.
std::string reasonOf(const kj::Exception& exception) {
  std::string text = exception.getDescription().cStr();
  for (int code : {EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOENT, ENAMETOOLONG, EROFS, ENOTDIR}) {
    if (text.find(strerror(code)) != text.npos) return strerror(code);
  }
  return text;
}

sockaddr_un unixAddress(const std::string& address, const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  if (path.empty()) unusable(address, "the path is empty");
  if (path.size() >= sizeof(out.sun_path)) {
    unusable(address, "the path of a Unix socket has at most " +
                          std::to_string(sizeof(out.sun_path) - 1) + " bytes");
  }
  memcpy(out.sun_path, path.c_str(), path.size());
  return out;
}

// Which file a Unix socket is, so that only our own is removed at the end.
struct FileId {
  dev_t device;
  ino_t inode;
  bool operator==(const FileId&) const = default;
};

std::optional<FileId> fileId(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) < 0) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

void removeStaleSocket(const std::string& address, const std::string& path) {
  sockaddr_un target = unixAddress(address, path);
  struct stat status {};
  if (lstat(path.c_str(), &status) < 0) return;
  if (!S_ISSOCK(status.st_mode)) unusable(address, "there is a file which is not a socket");
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) unusable(address, strerror(errno));
  int result = connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof(target));
  int error = errno;
  close(fd);
  // A full backlog (EAGAIN) also means that somebody listens.
  if (result == 0 || error != ECONNREFUSED) unusable(address, strerror(EADDRINUSE));
  if (unlink(path.c_str()) < 0) unusable(address, strerror(errno));
}

class ListenerImpl final : public Listener, private kj::TaskSet::ErrorHandler {
 public:
  ListenerImpl(kj::Own<kj::ConnectionReceiver> receiver, std::string name,
               kj::Function<capnp::Capability::Client()> open)
      : receiver(kj::mv(receiver)),
        tcpPort(0),
        name(std::move(name)),
        open(kj::mv(open)),
        connections(*this),
        accepting(nullptr) {
    if (this->name.starts_with(kUnix)) {
      socketPath = this->name.substr(kUnix.size());
      socketFile = fileId(socketPath);
    } else {
      tcpPort = uint16_t(this->receiver->getPort());
    }
    accepting = acceptNext().fork();
  }

  ~ListenerImpl() noexcept(false) {
    if (socketFile && fileId(socketPath) == socketFile) unlink(socketPath.c_str());
  }

  uint16_t port() const override { return tcpPort; }
  const std::string& address() const override { return name; }
  kj::Promise<void> whenBroken() override { return accepting.addBranch(); }

 private:
  struct Connection {
    Connection(kj::Own<kj::AsyncIoStream> given, capnp::Capability::Client service)
        : stream(kj::mv(given)),
          network(*stream, capnp::rpc::twoparty::Side::SERVER),
          rpc(capnp::makeRpcServer(network, kj::mv(service))) {}
    kj::Own<kj::AsyncIoStream> stream;
    capnp::TwoPartyVatNetwork network;
    capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc;
  };

  kj::Promise<void> acceptNext() {
    return receiver->accept().then([this](kj::Own<kj::AsyncIoStream> stream) {
      auto connection = kj::heap<Connection>(kj::mv(stream), open());
      auto ended = connection->network.onDisconnect();
      connections.add(ended.attach(kj::mv(connection)));
      return acceptNext();
    });
  }

  void taskFailed(kj::Exception&& exception) override {
    KJ_LOG(INFO, "connection ended", exception);
  }

  kj::Own<kj::ConnectionReceiver> receiver;
  uint16_t tcpPort;
  std::string name;
  std::string socketPath;
  std::optional<FileId> socketFile;
  kj::Function<capnp::Capability::Client()> open;
  kj::TaskSet connections;
  kj::ForkedPromise<void> accepting;
};

// "host:0" with the port that was taken.
std::string withPort(const std::string& address, uint16_t port) {
  size_t colon = address.rfind(':');
  if (colon == address.npos || address.substr(colon + 1) != "0") return address;
  return address.substr(0, colon + 1) + std::to_string(port);
}

}  // namespace

kj::Own<Listener> serve(kj::Own<kj::ConnectionReceiver> receiver, std::string name,
                        capnp::Capability::Client service) {
  auto open = [service = kj::mv(service)]() mutable { return service; };
  return kj::heap<ListenerImpl>(kj::mv(receiver), std::move(name), kj::mv(open));
}

kj::Promise<kj::Own<Listener>> serve(kj::Network& network, std::string address,
                                     capnp::Capability::Client service) {
  return serveEach(network, std::move(address),
                   [service = kj::mv(service)]() mutable { return service; });
}

kj::Promise<kj::Own<Listener>> serveEach(kj::Network& network, std::string address,
                                         kj::Function<capnp::Capability::Client()> open) {
  return kj::evalNow([&]() {
           if (address.starts_with(kUnix)) {
             removeStaleSocket(address, address.substr(kUnix.size()));
           } else if (address.rfind(':') == address.npos) {
             unusable(address, "expected unix:/path or host:port");
           }
           return network.parseAddress(address.c_str());
         })
      .then([address, open = kj::mv(open)](kj::Own<kj::NetworkAddress> parsed) mutable {
        auto receiver = parsed->listen();
        std::string name =
            address.starts_with(kUnix) ? address : withPort(address, uint16_t(receiver->getPort()));
        kj::Own<Listener> listener =
            kj::heap<ListenerImpl>(kj::mv(receiver), std::move(name), kj::mv(open));
        return listener;
      })
      .catch_([address](kj::Exception&& exception) -> kj::Own<Listener> {
        if (exception.getDescription().startsWith("cannot listen on ")) {
          kj::throwFatalException(kj::mv(exception));
        }
        unusable(address, reasonOf(exception));
      });
}

}  // namespace flamesim::mocks
