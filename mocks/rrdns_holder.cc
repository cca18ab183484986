#include "mocks/rrdns_holder.h"

#include <algorithm>

#include "mocks/problem.h"

namespace flamesim::mocks {

namespace fs = std::filesystem;

namespace {
constexpr int64_t kMillisBetweenLooks = 1000;
}  // namespace

RrdnsHolder::RrdnsHolder(RrdnsSources given) : sources(std::move(given)) {
  std::vector<fs::path> seen;
  current = RrdnsZones::load(sources, &seen);
  files = statesOf(std::move(seen));
}

void RrdnsHolder::watch(std::function<int64_t()> clock,
                        std::function<void(const std::string&)> reporter) {
  now = std::move(clock);
  report = std::move(reporter);
  nextLook = now() + kMillisBetweenLooks;
}

std::shared_ptr<const RrdnsZones> RrdnsHolder::zones() {
  if (now) lookForChanges();
  std::lock_guard lock(mutex);
  return current;
}

void RrdnsHolder::lookForChanges() {
  int64_t due = nextLook;
  int64_t time = now();
  if (time < due) return;
  // One thread looks, the others go on with what there is.
  if (!nextLook.compare_exchange_strong(due, time + kMillisBetweenLooks)) return;
  std::unique_lock lock(loading, std::try_to_lock);
  if (!lock.owns_lock()) return;
  bool changed = std::any_of(files.begin(), files.end(),
                             [](const FileState& file) { return stateOf(file.path) != file; });
  if (!changed) return;
  Reload result = reloadLocked();
  report(result.ok ? "rrdns: zones reloaded: " + std::to_string(result.zones) + " zones, " +
                         std::to_string(result.records) + " records\n"
                   : result.errors + "rrdns: the zones stay as they were\n");
}

RrdnsHolder::Reload RrdnsHolder::reload() {
  std::lock_guard lock(loading);
  return reloadLocked();
}

RrdnsHolder::Reload RrdnsHolder::reloadLocked() {
  Reload result;
  std::vector<fs::path> seen;
  // Known before it is read: what changes in the meantime is seen the next time.
  std::vector<FileState> before;
  for (const FileState& file : files) before.push_back(stateOf(file.path));
  std::shared_ptr<const RrdnsZones> fresh;
  try {
    fresh = RrdnsZones::load(sources, &seen);
    result.ok = true;
    done++;
  } catch (const InputError& error) {
    result.errors = error.what();
    // Those that it had in use are looked at as well.
    for (const FileState& file : before) seen.push_back(file.path);
    failed++;
  }
  auto after = statesOf(std::move(seen));
  for (FileState& file : after) {
    for (const FileState& old : before) {
      if (old.path == file.path) file = old;
    }
  }
  files = std::move(after);
  std::lock_guard lock(mutex);
  if (fresh != nullptr) current = std::move(fresh);
  result.zones = current->zoneCount();
  result.records = current->recordCount();
  return result;
}

RrdnsHolder::FileState RrdnsHolder::stateOf(const fs::path& path) {
  std::error_code error;
  auto modified = fs::last_write_time(path, error);
  if (error) return {.path = path};
  auto size = fs::file_size(path, error);
  return {path, int64_t(modified.time_since_epoch().count()), error ? 0 : size};
}

std::vector<RrdnsHolder::FileState> RrdnsHolder::statesOf(std::vector<fs::path> paths) const {
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  std::vector<FileState> states;
  for (const fs::path& path : paths) states.push_back(stateOf(path));
  return states;
}

}  // namespace flamesim::mocks
