#include "engine/base/sha256.hpp"

#include "engine/base/assert.hpp"

#include <openssl/evp.h>

namespace engine::base {

struct sha256::state {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    state() = default;
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() { EVP_MD_CTX_free(context); }
};

sha256::sha256() : state_(std::make_unique<state>())
{
    ENGINE_ASSERT(state_->context != nullptr);
    ENGINE_ASSERT(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

sha256::~sha256() = default;
sha256::sha256(sha256&&) noexcept = default;
sha256& sha256::operator=(sha256&&) noexcept = default;

void sha256::update(byte_view bytes)
{
    ENGINE_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

sha256_digest sha256::finish()
{
    sha256_digest digest{};
    ENGINE_ASSERT(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
    return digest;
}

sha256_digest sha256_of(byte_view bytes)
{
    sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

std::string hex(const sha256_digest& digest)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(64);
    for (const auto byte : digest) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string sha256_hex(std::string_view text)
{
    return hex(sha256_of(as_bytes(text)));
}

} // namespace engine::base
