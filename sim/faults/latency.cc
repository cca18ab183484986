#include "sim/faults/latency.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flamesim::faults {

namespace {

constexpr double kMostMillis = 86'400'000;
// The 99th percentile of the standard normal distribution.
constexpr double kZ99 = 2.3263478740408408;

// Standard normal (Box and Muller, 1958).
double normal(Random& random) {
  double radius = std::sqrt(-2 * std::log(1 - random.nextDouble()));
  return radius * std::cos(2 * std::numbers::pi * random.nextDouble());
}

double millis(const bundle::Latency& latency, Random& random) {
  using enum bundle::Latency::Shape;
  switch (latency.shape) {
    case kNone:
      return 0;
    case kConstant:
      return latency.a;
    case kUniform:
      return latency.a + (latency.b - latency.a) * random.nextDouble();
    case kNormal:
      return latency.a + latency.b * normal(random);
    case kExponential:
      return -latency.a * std::log(1 - random.nextDouble());
    case kLognormal:
      return latency.a * std::exp(std::log(latency.b / latency.a) / kZ99 * normal(random));
  }
  return 0;
}

}  // namespace

Duration draw(const bundle::Latency& latency, Random& random) {
  double drawn = std::clamp(millis(latency, random), 0.0, kMostMillis);
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(drawn));
}

}  // namespace flamesim::faults
