// What every report says of a cluster, in the same words. All of it is printable.
#pragma once

#include <string>

#include "sim/report/run_summary.h"

namespace flamesim::report {

// What the run is of: the project, else the candidate's capture.
std::string nameOf(const RunSummary& summary);

// What a reader compares: the cluster's values, or its example's where those of the cluster vary.
struct ShownValues {
  std::string expected;  // "(none)" for what is additional
  std::string got;       // "(missing)" for what is missing
  bool ofExample = false;
};
ShownValues shownValues(const diff::Cluster& cluster);

// "status: 301 -> 302", "header:x missing: 1", "header:x additional: 1", "body: changed in many
// ways": names it among the clusters of a run, and the same one in the next run.
std::string titleOf(const diff::Cluster& cluster);

// "81 of 3,223 exchanges (2.5%) on 3 hosts, 90 differences in them"
std::string occurrenceOf(const RunSummary& summary, const diff::Cluster& cluster);

// "GET http://a.example/x", of the example.
std::string requestOf(const diff::Example& example);

}  // namespace flamesim::report
