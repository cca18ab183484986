// Compares what FL did with a request (`reference`) and what the chain did (`candidate`).
//
// Normalised by default, and nothing else: header names, the order of different names, the reason
// phrase, the HTTP version, content codings of bodies, the spelling of JSON, the values of Date,
// Age, CF-Ray and traceparent (presence and syntax count). HEAD, 1xx, 204 and 304 have no body.
// What the reference does not know of its answer is not compared (sim/capture/body_note.h).
// Rules excuse more (rules.h). docs/rules.md says all of this for users.
#pragma once

#include "sim/diff/compare_effects.h"
#include "sim/diff/difference.h"
#include "sim/diff/rules.h"
#include "sim/net/exchange.h"

namespace flamesim::diff {

// Both must be exchanges of the same request. `scope`: which effects the reference's capture has;
// nullptr: judged by the reference exchange alone. A pure function; any thread.
Comparison compare(const net::Exchange& reference, const net::Exchange& candidate,
                   const Rules& rules = {}, const EffectScope* scope = nullptr);

}  // namespace flamesim::diff
