// network_settings: how a provider is reached, where that differs from everybody else's way.
// docs/network.md tells people.
#pragma once

#include <chrono>
#include <string>

namespace engine::job {

struct network_settings {
    // Files on this machine, PEM. Empty = the system's authorities, no certificate, the key is in
    // the certificate's file.
    std::string ca_file;
    std::string client_certificate;
    std::string client_key;
    std::string proxy; // "http://host:port", "none"; empty = as the environment says
    std::chrono::milliseconds connect_timeout{10'000}; // name, TCP, proxy and TLS together; > 0
    std::chrono::milliseconds first_byte_timeout{0};   // from request sent; 0 = only the job's
    std::chrono::milliseconds idle_timeout{120'000};   // between bytes; > 0

    friend bool operator==(const network_settings&, const network_settings&) = default;
};

} // namespace engine::job
