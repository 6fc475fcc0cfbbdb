// network_reader: the `network` of a provider: how it is reached.
#include "engine/manifest/job_plan.hpp"
#include "engine/manifest/keys.hpp"
#include "engine/manifest/provider_reader.hpp"
#include "engine/manifest/scalar.hpp"

#include <array>

namespace engine::manifest {

void read_network(const yaml_node& node, const field_reader& fields, const std::string& folder,
                  job::network_settings& network)
{
    using namespace std::chrono_literals;
    if (!fields.mapping(node, "network", keys::network))
        return;
    const auto file = [&](std::string_view key, std::string& target) {
        if (const auto* entry = node.find(key))
            if (const auto text = fields.text(*entry->value, "network." + std::string(key)))
                target = resolve(folder, *text);
    };
    file("ca_file", network.ca_file);
    file("client_certificate", network.client_certificate);
    file("client_key", network.client_key);
    if (const auto* entry = node.find("client_key"); entry && !node.find("client_certificate"))
        fields.error(entry->value->offset, "network.client_key: goes with client_certificate");
    if (const auto* entry = node.find("proxy"))
        if (const auto text = fields.text(*entry->value, "network.proxy")) {
            const bool address = text->starts_with("http://") || text->starts_with("https://");
            if (text->find('@') != std::string::npos)
                fields.error(entry->value->offset,
                             "network.proxy: a user and a password belong into HTTPS_PROXY, not "
                             "into a manifest");
            else if (*text != "none" && !address)
                fields.error(entry->value->offset,
                             "network.proxy: expected none or http://HOST:PORT, found " +
                                 describe(*entry->value));
            else
                network.proxy = *text;
        }
    const auto limit = [&](std::string_view key, std::chrono::milliseconds low,
                           std::chrono::milliseconds& target) {
        if (const auto* entry = node.find(key))
            target = fields
                         .duration(*entry->value, "network." + std::string(key), low,
                                   std::chrono::hours(24))
                         .value_or(target);
    };
    limit("connect_timeout", 100ms, network.connect_timeout);
    limit("first_byte_timeout", 0ms, network.first_byte_timeout);
    limit("idle_timeout", 100ms, network.idle_timeout);
}

} // namespace engine::manifest
