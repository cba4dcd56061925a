// A transport that plays what the AWS SDKs recorded: requests in their order, and the answers to them.
#pragma once

#include <sluice/transport.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace unit_tests {

class recorded_traffic final : public sluice::transport {
  public:
    /// `http-traffic.json` of a case.
    explicit recorded_traffic(const nlohmann::json& file);

    boost::asio::awaitable<sluice::result<sluice::http_reply>> send(sluice::http_request request) override;

    /// What was wrong with the requests: empty when they were those that were recorded, and all of them.
    [[nodiscard]] std::string problem() const;

  private:
    struct exchange {
        std::string method;
        std::string url;
        std::vector<sluice::http_header> headers;
        std::string body;
        sluice::http_reply reply;
    };

    std::vector<exchange> exchanges_;
    std::size_t next_ = 0;
    std::string problem_;
};

} // namespace unit_tests
