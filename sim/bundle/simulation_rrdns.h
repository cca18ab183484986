// What a service with the source "rrdns" has besides the keys of all services: "zones" as a list of
// zone files, "edgeAddresses".
#pragma once

#include <filesystem>

#include "sim/bundle/config_reader.h"
#include "sim/bundle/simulation.h"

namespace flamesim::bundle {

// Whether "zones" is a list; it is the path of a JSON file otherwise.
bool hasZoneList(const ConfigNode& service);

// Reads both into `entry`; `where` names the service in messages. Paths are relative to `folder`.
void readRrdns(ConfigReader& reader, const ConfigNode& service, const std::string& where,
               const std::filesystem::path& folder, ServiceEntry& entry);

}  // namespace flamesim::bundle
