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

}  // namespace flamesim::report::testing
