// provider_reader: the parts of a manifest that say with whom and for how much: `providers`,
// `models`.
#pragma once

#include "engine/job/capability.hpp"
#include "engine/job/price.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/manifest/field_reader.hpp"

#include <vector>

namespace engine::manifest {

// Each block changes the provider of its name in `providers`, or adds one; its prices go into
// `prices` too. `folder`: the manifest's, where relative files start.
void read_providers(const yaml_node& node, const field_reader& fields, const std::string& folder,
                    std::vector<job::provider_spec>& providers, job::price_table& prices);

// The `network` of a provider.
void read_network(const yaml_node& node, const field_reader& fields, const std::string& folder,
                  job::network_settings& network);

// Each entry changes the model of its name in `table`, or adds one.
void read_models(const yaml_node& node, const field_reader& fields, job::capability_table& table);

} // namespace engine::manifest
