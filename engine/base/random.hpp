// random: a small seeded generator, the same sequence on every machine (xoshiro256**, Blackman and
// Vigna 2018, public domain reference; seeded by splitmix64). Not for secrets.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace engine::base {

// FNV-1a, 64 bit: a stable hash of a name, for seeds. Not against an adversary.
[[nodiscard]] constexpr std::uint64_t stable_hash(std::string_view text)
{
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3u;
    }
    return hash;
}

class random {
public:
    using result_type = std::uint64_t; // so that <random>'s distributions accept it

    explicit constexpr random(std::uint64_t seed)
    {
        for (auto& word : state_) {
            seed += 0x9e3779b97f4a7c15u;
            std::uint64_t z = seed;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
            word = z ^ (z >> 31);
        }
    }

    static constexpr std::uint64_t min() { return 0; }
    static constexpr std::uint64_t max() { return ~std::uint64_t{0}; }

    constexpr std::uint64_t operator()()
    {
        const std::uint64_t value = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return value;
    }

    // Uniform in [0, 1).
    constexpr double unit() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }
    // Uniform in [low, high).
    constexpr double between(double low, double high) { return low + (high - low) * unit(); }
    // Uniform in [0, bound); bound > 0. The bias is below 2^-32 for bounds under 2^32.
    constexpr std::uint64_t below(std::uint64_t bound) { return (*this)() % bound; }
    constexpr bool chance(double probability) { return unit() < probability; }

private:
    std::uint64_t state_[4]{};
};

} // namespace engine::base
