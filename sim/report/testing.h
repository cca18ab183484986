// A summary for tests, with every kind of thing in it.
#pragma once

#include "sim/report/run_summary.h"

namespace flamesim::report::testing {

inline RunSummary sampleSummary() {
  RunSummary summary;
  summary.reference = "fixtures/front-line/traffic.cap";
  summary.candidate = "out/candidate.cap";
  summary.project = "examples/front-line";
  summary.totals = {.exchanges = 5000,
                    .same = 4578,
                    .different = 412,
                    .declined = 8,
                    .failed = 2,
                    .framing = 4000,
                    .differences = 4500,
                    .ruleUses = {31, 0, 0}};
  diff::Cluster status{.field = "status",
                       .worker = "redirects",
                       .expected = "301",
                       .got = "302",
                       .count = 412,
                       .exchanges = 412,
                       .share = 412 / 5000.0,
                       .hosts = 12,
                       .example = {.id = 17,
                                   .method = "GET",
                                   .url = "http://shop.example/old",
                                   .field = "status",
                                   .expected = "301",
                                   .got = "302"}};
  diff::Cluster cookie{.field = "header:set-cookie[*]",
                       .kind = diff::DifferenceKind::kMissing,
                       .worker = "session",
                       .expected = "id=<uuid>; Path=/",
                       .count = 12,
                       .exchanges = 9,
                       .share = 9 / 5000.0,
                       .hosts = 100,
                       .moreHosts = true,
                       .example = {.id = 40,
                                   .method = "POST",
                                   .url = "http://shop.example/login",
                                   .field = "header:set-cookie[1]",
                                   .expected = "id=550e8400-e29b-41d4-a716-446655440000; Path=/"}};
  diff::Cluster body{.field = "body",
                     .worker = "pages",
                     .expected = "<hr><center>nginx</center>",
                     .got = "<hr><center>flamesim</center>",
                     .count = 5,
                     .exchanges = 5,
                     .share = 5 / 5000.0,
                     .hosts = 1,
                     .example = {.id = 99,
                                 .method = "GET",
                                 .url = "http://a.example/missing",
                                 .field = "body",
                                 .expected = "<hr><center>nginx</center>",
                                 .got = "<hr><center>flamesim</center>",
                                 .detail = "first difference at byte 107, line 5"}};
  diff::Cluster failed{.field = "outcome",
                       .worker = "shaper",
                       .expected = "response 200",
                       .got = "failed: Error: no such binding",
                       .count = 2,
                       .exchanges = 2,
                       .share = 2 / 5000.0,
                       .hosts = 1,
                       .example = {.id = 3,
                                   .method = "GET",
                                   .url = "http://a.example/",
                                   .field = "outcome",
                                   .expected = "response 200",
                                   .got = "failed: Error: no such binding"}};
  diff::Cluster framing{.field = "header:connection",
                        .kind = diff::DifferenceKind::kMissing,
                        .weight = diff::Weight::kFraming,
                        .worker = "shaper",
                        .expected = "keep-alive",
                        .count = 4000,
                        .exchanges = 4000,
                        .share = 0.8,
                        .hosts = 12,
                        .example = {.id = 1,
                                    .method = "GET",
                                    .url = "http://a.example/",
                                    .field = "header:connection",
                                    .expected = "keep-alive"}};
  summary.clusters = {status, cookie, body, failed, framing};
  summary.rules = {
      {.where = "rules.jsonc:4",
       .field = "header:server",
       .action = "ignore",
       .reason = "renamed",
       .uses = 31},
      {.where = "rules.jsonc:7", .field = "header:x-*", .action = "presence", .reason = "ids"},
      {.where = "rules.jsonc:9",
       .field = "body:$.t",
       .action = "tolerance",
       .reason = "clocks",
       .owner = "edge-team",
       .expires = "2026-10-31",
       .expired = true}};
  return summary;
}

// The same with a ledger: an entry that covers a cluster, a stale one, and a baseline; and with
// fields that FL does not repeat, of which one differs too often.
inline RunSummary sampleWithExcuses() {
  RunSummary summary = sampleSummary();
  summary.shard = "3/8";
  summary.totals.different = 400;
  summary.totals.known = 12;
  diff::Cluster known = summary.clusters[1];
  known.field = "header:location";
  known.exchanges = known.count = 9;
  known.deviation = 0;
  summary.clusters.insert(summary.clusters.end() - 1, known);
  diff::Cluster noise = summary.clusters[1];
  noise.field = "header:x-id";
  noise.noise = 0;
  summary.clusters.insert(summary.clusters.end() - 2, noise);
  summary.clusters[0].noise = 1;
  summary.totals.noise = 7;
  summary.noise = {
      {.field = "header:x-id", .ofFl = 1990, .pairs = 2000, .exchanges = 4975, .isNoise = true},
      {.field = "status", .ofFl = 1, .pairs = 2000, .exchanges = 412},
      {.field = "body", .ofFl = 1, .pairs = 2000, .isNoise = true}};
  summary.deviations = {{.where = "deviations.jsonc:4",
                         .field = "header:location",
                         .decision = "mend",
                         .reason = "known for long",
                         .owner = "edge-team",
                         .date = "2026-10-31",
                         .exchanges = 9,
                         .hosts = 2},
                        {.where = "deviations.jsonc:7",
                         .field = "status",
                         .decision = "accept",
                         .reason = "better so",
                         .stale = true},
                        {.where = "old/report.json",
                         .field = "body",
                         .decision = "baseline",
                         .reason = "an earlier run had it",
                         .exchanges = 3,
                         .hosts = 1}};
  return summary;
}

}  // namespace flamesim::report::testing
