#include "credentials/sources.hpp"

namespace sluice {
namespace {

using boost::asio::awaitable;

class provider_chain final : public credentials_source {
  public:
    explicit provider_chain(std::vector<std::shared_ptr<credentials_source>> sources) : sources_(std::move(sources)) {}

    [[nodiscard]] std::string name() const override { return "default chain"; }

    awaitable<provider_answer> ask() override {
        std::string tried;
        for (const auto& source : sources_) {
            auto asking = source->ask();
            provider_answer answer = co_await std::move(asking);
            if (!answer.has_none()) {
                if (answer.origin.empty()) answer.origin = source->name();
                if (answer.has_keys()) co_return std::move(answer);
                // What comes after it must not stand in for it: it was set up to be used.
                error_info failure = answer.why();
                failure.message = source->name() + ": " + failure.message;
                co_return provider_answer(std::move(failure));
            }
            if (!tried.empty()) tried += "; ";
            tried.append(source->name()).append(": ").append(answer.why().message);
        }
        co_return provider_answer::none("found nowhere: " + tried);
    }

  private:
    std::vector<std::shared_ptr<credentials_source>> sources_;
};

class source_provider final : public credentials_provider {
  public:
    explicit source_provider(std::shared_ptr<credentials_source> source) : source_(std::move(source)) {}

    awaitable<result<credentials>> get() override { return ask(source_); }

  private:
    static awaitable<result<credentials>> ask(std::shared_ptr<credentials_source> source) {
        auto asking = source->ask();
        provider_answer answer = co_await std::move(asking);
        co_return std::move(answer).outcome();
    }

    std::shared_ptr<credentials_source> source_;
};

} // namespace

std::shared_ptr<credentials_source> make_chain(std::vector<std::shared_ptr<credentials_source>> sources) {
    return std::make_shared<provider_chain>(std::move(sources));
}

std::shared_ptr<credentials_provider> make_provider(std::shared_ptr<credentials_source> source) {
    return std::make_shared<source_provider>(std::move(source));
}

} // namespace sluice
