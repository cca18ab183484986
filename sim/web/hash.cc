// native.hash: digests and HMACs that take their data piece by piece, for node:crypto.
#include <openssl/evp.h>

#include <memory>

#include "sim/js/face.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

std::span<const uint8_t> bytesOf(v8::Local<v8::Value> value) {
  auto view = js::viewOf(value);
  if (!view) throw js::Throw("TypeError", "The argument is not an ArrayBuffer or a view of one.");
  return *view;
}

const EVP_MD* digestNamed(const std::string& name) {
  const EVP_MD* found = EVP_get_digestbyname(name.c_str());
  if (found == nullptr) throw js::Throw("Error", "Digest method not supported");
  return found;
}

[[noreturn]] void failDigest() {
  throw js::Throw("Error", "The digest failed.");
}

class Hash final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;

  // HMAC where there is a key.
  Hash(const std::string& name, std::optional<std::span<const uint8_t>> key)
      : keyed(key.has_value()) {
    const EVP_MD* method = digestNamed(name);
    if (!keyed) {
      if (EVP_DigestInit_ex(context.get(), method, nullptr) != 1) failDigest();
      return;
    }
    std::unique_ptr<EVP_PKEY, FreeKey> made(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr, key->data(), key->size()));
    if (!made || EVP_DigestSignInit(context.get(), nullptr, method, nullptr, made.get()) != 1) {
      failDigest();
    }
  }

  void update(v8::Local<v8::Value> data) {
    auto bytes = bytesOf(data);
    int done = keyed ? EVP_DigestSignUpdate(context.get(), bytes.data(), bytes.size())
                     : EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
    if (done != 1) failDigest();
  }

  // `length`: of a digest whose length can be chosen (SHAKE); others have one length only.
  js::BufferBytes digest(std::optional<uint32_t> length) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    if (keyed) {
      size_t size = out.size();
      if (EVP_DigestSignFinal(context.get(), to, &size) != 1) failDigest();
      out.resize(size);
      return {std::move(out)};
    }
    auto own = uint32_t(EVP_MD_CTX_size(context.get()));
    if (length && *length != own) {
      if ((EVP_MD_get_flags(EVP_MD_CTX_get0_md(context.get())) & EVP_MD_FLAG_XOF) == 0) {
        throw js::Throw("Error", "Unsupported state or unable to change the digest's length");
      }
      out.resize(*length);
      if (*length > 0 &&
          EVP_DigestFinalXOF(context.get(), reinterpret_cast<unsigned char*>(out.data()),
                             out.size()) != 1) {
        failDigest();
      }
      return {std::move(out)};
    }
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(context.get(), to, &size) != 1) failDigest();
    out.resize(size);
    return {std::move(out)};
  }

  std::unique_ptr<Hash> copy() {
    auto made = std::make_unique<Hash>();
    if (EVP_MD_CTX_copy_ex(made->context.get(), context.get()) != 1) failDigest();
    made->keyed = keyed;
    return made;
  }

  Hash() = default;

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
  };
  struct FreeKey {
    void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
  };
  bool inert() const override { return true; }

  bool keyed = false;
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
};
const js::FunctionEntry kHashMethods[] = {
    js::method<&Hash::update>("update"),
    js::method<&Hash::digest>("digest"),
    js::method<&Hash::copy>("copy"),
};
const js::ClassFace Hash::kFace{"Hash", kHashMethods};

std::unique_ptr<Hash> createHash(std::string name) {
  return std::make_unique<Hash>(name, std::nullopt);
}

std::unique_ptr<Hash> createHmac(std::string name, v8::Local<v8::Value> key) {
  return std::make_unique<Hash>(name, bytesOf(key));
}

js::BufferBytes pbkdf2(v8::Local<v8::Value> password, v8::Local<v8::Value> salt,
                       uint32_t iterations, uint32_t length, std::string name) {
  auto secret = bytesOf(password);
  auto grains = bytesOf(salt);
  std::string out(length, '\0');
  if (length > 0 &&
      PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(secret.data()), int(secret.size()),
                        grains.data(), int(grains.size()), int(iterations), digestNamed(name),
                        int(length), reinterpret_cast<unsigned char*>(out.data())) != 1) {
    throw js::Throw("Error", "PBKDF2 failed.");
  }
  return {std::move(out)};
}

const js::FunctionEntry kHashFunctions[] = {
    js::function<createHash>("createHash"),
    js::function<createHmac>("createHmac"),
    js::function<pbkdf2>("pbkdf2"),
};

}  // namespace

const js::NamespaceFace kHashFace{"hash", kHashFunctions};

}  // namespace flamesim::web
