#include "credentials/child_process.hpp"
#include "credentials/credentials_document.hpp"
#include "credentials/process_command.hpp"
#include "credentials/sources.hpp"

namespace sluice {
namespace {

class process_source final : public credentials_source {
  public:
    process_source(world_ptr world, std::string command) : world_(std::move(world)), command_(std::move(command)) {}

    [[nodiscard]] std::string name() const override { return "credential_process"; }

    boost::asio::awaitable<provider_answer> ask() override {
        auto words = split_command(command_);
        if (!words) co_return provider_answer::failure("credential_process: " + words.error().message);
        const std::string program = words->front();
        auto running = run_process(world_->executor, std::move(*words), world_->process_timeout);
        const auto outcome = co_await std::move(running);
        if (!outcome) co_return provider_answer::failure("credential_process: " + outcome.error().message);
        if (!outcome->ending.empty()) {
            co_return provider_answer::failure("credential_process: " + program + " " + outcome->ending);
        }
        auto keys = parse_process_output(view_of(outcome->output));
        if (!keys) {
            co_return provider_answer::failure("credential_process: " + program + ": " + keys.error().message);
        }
        co_return std::move(*keys);
    }

  private:
    world_ptr world_;
    std::string command_;
};

} // namespace

std::shared_ptr<credentials_source> make_process_source(world_ptr world, std::string command) {
    return std::make_shared<process_source>(std::move(world), std::move(command));
}

} // namespace sluice
