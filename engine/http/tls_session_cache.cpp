#include "engine/http/tls_session_cache.hpp"

#include <new>
#include <openssl/x509_vfy.h>
#include <utility>

namespace engine::http {

namespace {

// Guesses: a server hands out two tickets for a connection, so 64 let a burst of as many
// connections resume; a session with its certificate chain takes 3 to 10 KB.
constexpr std::size_t sessions_per_place_max = 64;
constexpr std::size_t places_max = 64;

// What an SSL remembers about where its sessions belong; freed with it.
struct belonging {
    std::shared_ptr<tls_session_cache> cache;
    std::string place;
};

void free_belonging(void*, void* owned, CRYPTO_EX_DATA*, int, long, void*)
{
    delete static_cast<belonging*>(owned);
}

int belonging_index()
{
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_belonging);
    return index;
}

} // namespace

void tls_session_cache::watch(SSL_CTX* context)
{
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, on_new_session);
}

void tls_session_cache::prepare(SSL* session, const std::string& place)
{
    auto note = std::make_unique<belonging>(shared_from_this(), place);
    if (SSL_set_ex_data(session, belonging_index(), note.get()) != 1)
        throw std::bad_alloc();
    (void)note.release(); // the SSL frees it
    const auto found = places_.find(place);
    if (found == places_.end() || found->second.empty())
        return;
    auto& newest = found->second.back();
    (void)SSL_set_session(session, newest.get()); // refused: a full handshake
    if (SSL_SESSION_get_protocol_version(newest.get()) >= TLS1_3_VERSION)
        found->second.pop_back();
}

void tls_session_cache::forget(const std::string& place)
{
    places_.erase(place);
}

std::size_t tls_session_cache::kept(const std::string& place) const
{
    const auto found = places_.find(place);
    return found == places_.end() ? 0 : found->second.size();
}

// Called by OpenSSL inside a handshake or a read. 1 = the session is ours now.
int tls_session_cache::on_new_session(SSL* session, SSL_SESSION* made)
{
    const auto* note = static_cast<belonging*>(SSL_get_ex_data(session, belonging_index()));
    const bool proved = SSL_get_verify_result(session) == X509_V_OK;
    if (note == nullptr || !proved || SSL_SESSION_is_resumable(made) != 1)
        return 0;
    kept_session owned(made);
    try {
        note->cache->keep(note->place, std::move(owned));
    } catch (const std::bad_alloc&) {
        // Without memory for it the next handshake is a full one; no exception may cross OpenSSL.
    }
    return 1;
}

void tls_session_cache::keep(const std::string& place, kept_session made)
{
    if (!places_.contains(place) && places_.size() >= places_max)
        places_.erase(places_.begin());
    auto& sessions = places_[place];
    if (sessions.size() >= sessions_per_place_max)
        sessions.erase(sessions.begin());
    sessions.push_back(std::move(made));
}

} // namespace engine::http
