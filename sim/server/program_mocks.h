// Loads what stands in for services and for the network: modules and tables that flamesim.jsonc
// names.
#pragma once

#include "sim/server/simulated_server.h"

namespace flamesim::server {

// The modules of services with the source "javascript". Throws UserError with every fault.
void loadServiceModules(Program& program);
// "mockFetch". Throws UserError.
void loadFetchMocks(Program& program);

}  // namespace flamesim::server
