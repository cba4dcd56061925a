// Keys by way of AWS IAM Identity Center (SSO).
#pragma once

#include "credentials/provider_world.hpp"
#include "credentials/sso_token.hpp"

#include <memory>
#include <string>

namespace sluice {

std::shared_ptr<credentials_source> make_sso_source(world_ptr world, sso_settings settings, std::string profile);

} // namespace sluice
