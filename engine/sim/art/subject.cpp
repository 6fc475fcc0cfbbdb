#include "engine/sim/art/subject.hpp"

namespace engine::sim::art {

footprint draw_subject(const pen& on, thing what, const look& with)
{
    switch (what) {
    case thing::mug:
    case thing::bottle:
    case thing::teapot:
    case thing::vase:
    case thing::candle:
    case thing::jar:
    case thing::bowl:
    case thing::ball:
        return draw_vessel(on, what, with);
    case thing::shoe:
    case thing::bag:
    case thing::backpack:
    case thing::watch:
    case thing::glasses:
    case thing::hat:
        return draw_wearable(on, what, with);
    case thing::headphones:
    case thing::camera:
    case thing::clock:
    case thing::phone:
    case thing::laptop:
    case thing::book:
        return draw_device(on, what, with);
    default:
        return draw_furnishing(on, what, with);
    }
}

} // namespace engine::sim::art
