#include "sim/net/curl_library.h"

// libcurl's functions, as far as they are used here: each loads the library when the first of them
// is called. libcurl brings thirty other libraries (LDAP, Kerberos, two of TLS), and loading them
// would double the time from exec to main() for commands and chains that never go out.
#include <curl/curl.h>
#include <dlfcn.h>
#include <kj/debug.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

void* symbolOf(const char* name) {
  static void* const library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  void* symbol = library == nullptr ? nullptr : dlsym(library, name);
  if (symbol == nullptr) {
    // Set-up installs it, so there is nobody above who could go on without.
    std::fprintf(stderr, "error: libcurl cannot be loaded: %s\n", dlerror());
    std::abort();
  }
  return symbol;
}

template <typename Function>
Function* load(Function*, const char* name) {
  return reinterpret_cast<Function*>(symbolOf(name));
}

}  // namespace

// The address of the function of that name in the library. Its type is the declared one, and
// unlike a recursive call it does not lead back here.
#define REAL(name) static auto* const real = load(decltype (&(name))(nullptr), #name)

// What is passed on as `...` is one word: a pointer, a long or a curl_off_t.
#define PASS_ON_WORD(last)               \
  std::va_list arguments;                \
  va_start(arguments, last);             \
  void* word = va_arg(arguments, void*); \
  va_end(arguments)

// The type of `option` is libcurl's; it is passed as the word that it is.
#ifdef __clang__
#pragma clang diagnostic ignored "-Wvarargs"
#endif

// The header declares macros that check the types of variadic calls.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#if LIBCURL_VERSION_NUM >= 0x080000
using ReadUrl = const CURLU;
#else
using ReadUrl = CURLU;
#endif

extern "C" {

CURLcode curl_global_init(long flags) {
  REAL(curl_global_init);
  return real(flags);
}
void curl_free(void* memory) {
  REAL(curl_free);
  real(memory);
}

CURL* curl_easy_init() {
  REAL(curl_easy_init);
  return real();
}
void curl_easy_cleanup(CURL* handle) {
  REAL(curl_easy_cleanup);
  real(handle);
}
void curl_easy_reset(CURL* handle) {
  REAL(curl_easy_reset);
  real(handle);
}
CURLcode curl_easy_pause(CURL* handle, int what) {
  REAL(curl_easy_pause);
  return real(handle, what);
}
const char* curl_easy_strerror(CURLcode code) {
  REAL(curl_easy_strerror);
  return real(code);
}
CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
  REAL(curl_easy_setopt);
  PASS_ON_WORD(option);
  return real(handle, option, word);
}
CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
  REAL(curl_easy_getinfo);
  PASS_ON_WORD(info);
  return real(handle, info, word);
}

CURLcode curl_easy_recv(CURL* handle, void* buffer, size_t size, size_t* count) {
  REAL(curl_easy_recv);
  return real(handle, buffer, size, count);
}
CURLcode curl_easy_send(CURL* handle, const void* buffer, size_t size, size_t* count) {
  REAL(curl_easy_send);
  return real(handle, buffer, size, count);
}

CURLM* curl_multi_init() {
  REAL(curl_multi_init);
  return real();
}
CURLMcode curl_multi_cleanup(CURLM* multi) {
  REAL(curl_multi_cleanup);
  return real(multi);
}
CURLMcode curl_multi_add_handle(CURLM* multi, CURL* handle) {
  REAL(curl_multi_add_handle);
  return real(multi, handle);
}
CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* handle) {
  REAL(curl_multi_remove_handle);
  return real(multi, handle);
}
CURLMcode curl_multi_assign(CURLM* multi, curl_socket_t socket, void* data) {
  REAL(curl_multi_assign);
  return real(multi, socket, data);
}
CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
  REAL(curl_multi_info_read);
  return real(multi, left);
}
CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int events, int* running) {
  REAL(curl_multi_socket_action);
  return real(multi, socket, events, running);
}
const char* curl_multi_strerror(CURLMcode code) {
  REAL(curl_multi_strerror);
  return real(code);
}
CURLMcode curl_multi_setopt(CURLM* multi, CURLMoption option, ...) {
  REAL(curl_multi_setopt);
  PASS_ON_WORD(option);
  return real(multi, option, word);
}

curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  REAL(curl_slist_append);
  return real(list, text);
}
void curl_slist_free_all(curl_slist* list) {
  REAL(curl_slist_free_all);
  real(list);
}

CURLU* curl_url() {
  REAL(curl_url);
  return real();
}
void curl_url_cleanup(CURLU* url) {
  REAL(curl_url_cleanup);
  real(url);
}
CURLUcode curl_url_get(ReadUrl* url, CURLUPart part, char** text, unsigned flags) {
  REAL(curl_url_get);
  return real(url, part, text, flags);
}
CURLUcode curl_url_set(CURLU* url, CURLUPart part, const char* text, unsigned flags) {
  REAL(curl_url_set);
  return real(url, part, text, flags);
}
const char* curl_url_strerror(CURLUcode code) {
  REAL(curl_url_strerror);
  return real(code);
}

}  // extern "C"

namespace flamesim::net {

void startCurl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  KJ_REQUIRE(result == CURLE_OK, "libcurl cannot start", curl_easy_strerror(result));
}

}  // namespace flamesim::net
