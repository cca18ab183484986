// libcurl is loaded when it is first used (curl_library.cc says why).
#pragma once

namespace flamesim::net {

// Loads and initializes libcurl, some 25 ms the first time; a fetch does it when it has not been
// done. From any thread. Throws kj::Exception where libcurl cannot be initialized.
void startCurl();

}  // namespace flamesim::net
