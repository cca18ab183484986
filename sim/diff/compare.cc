#include "sim/diff/compare.h"

#include "sim/capture/body_note.h"
#include "sim/diff/attribute.h"
#include "sim/diff/compare_body.h"
#include "sim/diff/compare_headers.h"
#include "sim/diff/judge.h"

namespace flamesim::diff {

using net::Outcome;
using net::OutcomeKind;

namespace {

std::string describe(const Outcome& outcome) {
  std::string text(net::outcomeKindName(outcome.kind));
  if (outcome.kind == OutcomeKind::kResponse) {
    text += " " + std::to_string(outcome.response.status);
  }
  if (outcome.kind == OutcomeKind::kFailed && !outcome.error.empty()) text += ": " + outcome.error;
  return text;
}

// RFC 9110 sections 6.4.1 and 15: these never have content, whatever follows on the wire.
bool isBodyless(std::string_view method, uint16_t status) {
  return method == "HEAD" || status == 204 || status == 304 || (status >= 100 && status < 200);
}

void compareStatus(uint16_t reference, uint16_t candidate, Judge& judge) {
  if (reference == candidate) return;
  std::string expected = std::to_string(reference), got = std::to_string(candidate);
  judge.report({.field = "status", .expected = expected, .got = got});
}

void compareResponses(const net::Exchange& reference, const Outcome& candidate, Judge& judge) {
  auto& expected = reference.outcome.response;
  auto& got = candidate.response;
  compareStatus(expected.status, got.status, judge);
  if (!capture::headersKnown(reference.outcome)) return;
  bool expectedBodyless = isBodyless(reference.request.method, expected.status);
  bool gotBodyless = isBodyless(reference.request.method, got.status);
  HeaderComparison comparison{.prefix = "", .bodyless = expectedBodyless || gotBodyless};
  compareHeaders({expected.headers, expected.body.size(), ""}, {got.headers, got.body.size(), ""},
                 comparison, judge);
  if (expectedBodyless && gotBodyless) return;
  if (!capture::bodiesComplete(reference.outcome)) return;
  BodySide expectedBody{expected.headers, expected.body};
  BodySide gotBody{got.headers, got.body};
  if (expectedBodyless) expectedBody.bytes = {};
  if (gotBodyless) gotBody.bytes = {};
  if (expectedBody.bytes.empty() && gotBody.bytes.empty()) return;
  compareBodies(expectedBody, gotBody, "body", attribute(candidate, "body"), judge);
}

}  // namespace

Comparison compare(const net::Exchange& reference, const net::Exchange& candidate,
                   const Rules& rules, const EffectScope* scope) {
  const Outcome& expected = reference.outcome;
  const Outcome& got = candidate.outcome;
  Judge judge(rules, reference, got);
  Comparison& result = judge.comparison();

  if (got.kind == OutcomeKind::kDeclined && expected.kind != OutcomeKind::kDeclined) {
    result.verdict = Verdict::kDeclined;
    return std::move(result);
  }
  // A candidate that fails is never right, not even where the reference failed as well.
  if (got.kind != expected.kind || got.kind == OutcomeKind::kFailed) {
    std::string before = describe(expected), after = describe(got);
    judge.report({.field = "outcome", .expected = before, .got = after});
    if (!result.differences.empty()) {
      result.verdict = got.kind == OutcomeKind::kFailed ? Verdict::kFailed : Verdict::kDifferent;
    }
    return std::move(result);
  }
  if (got.kind == OutcomeKind::kResponse) compareResponses(reference, got, judge);
  compareEffects(expected.effects, got.effects, scope, judge);

  bool different = false;
  for (auto& difference : result.differences) {
    different = different || difference.weight == Weight::kBehaviour;
  }
  if (different || result.omitted > 0) {
    result.verdict = Verdict::kDifferent;
  } else if (got.kind == OutcomeKind::kDeclined) {
    result.verdict = Verdict::kDeclined;
  }
  return std::move(result);
}

}  // namespace flamesim::diff
