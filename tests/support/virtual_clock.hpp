// virtual_clock: the simulator's clock, by the name under which the tests know it.
#pragma once

#include "engine/sim/virtual_clock.hpp"

namespace support {

using engine::sim::virtual_clock;

} // namespace support
