// The places where keys may be.
#pragma once

#include "credentials/profile_file.hpp"
#include "credentials/provider_answer.hpp"
#include "credentials/provider_world.hpp"
#include "credentials/secret.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluice {

std::shared_ptr<credentials_source> make_container_source(world_ptr world);
std::shared_ptr<credentials_source> make_instance_source(world_ptr world);
std::shared_ptr<credentials_source> make_process_source(world_ptr world, std::string command);
/// `AWS_WEB_IDENTITY_TOKEN_FILE` and the variables beside it.
std::shared_ptr<credentials_source> make_web_identity_source(world_ptr world);
/// Takes on the role with the token in its file.
boost::asio::awaitable<provider_answer> ask_with_token(world_ptr world, role_settings role);
/// The profile `name` of `files`. `instance` is shared with the chain's own, so that both know the last keys.
std::shared_ptr<credentials_source> make_profile_source(world_ptr world, std::shared_ptr<const profile_files> files,
                                                        std::string name, std::shared_ptr<credentials_source> instance);

/// Asks one after the other until one has keys or fails.
std::shared_ptr<credentials_source> make_chain(std::vector<std::shared_ptr<credentials_source>> sources);

/// A source as a provider.
std::shared_ptr<credentials_provider> make_provider(std::shared_ptr<credentials_source> source);

/// Overwrites a reply's body when it was read.
class body_wiper {
  public:
    explicit body_wiper(std::string& body) : body_(body) {}
    body_wiper(const body_wiper&) = delete;
    body_wiper& operator=(const body_wiper&) = delete;
    ~body_wiper() { wipe(body_); }

  private:
    std::string& body_;
};

} // namespace sluice
