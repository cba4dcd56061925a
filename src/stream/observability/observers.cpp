#include <sluice/observability/observers.hpp>

#include <utility>

namespace sluice {
namespace {

template<class Observer>
std::vector<std::shared_ptr<Observer>> without_null(std::vector<std::shared_ptr<Observer>> all) {
    std::erase(all, nullptr);
    return all;
}

class all_of_writer final : public writer_observer {
  public:
    explicit all_of_writer(std::vector<std::shared_ptr<writer_observer>> all) : all_(std::move(all)) {}

    void batch_sent(std::string_view destination, std::size_t messages, std::size_t bytes,
                    batch_reason reason) override {
        for (const auto& one : all_) one->batch_sent(destination, messages, bytes, reason);
    }
    void message_ended(std::string_view destination, std::string_view group, const error_info* failure) override {
        for (const auto& one : all_) one->message_ended(destination, group, failure);
    }
    void message_retried(std::string_view destination, std::string_view group, const error_info& failure, int tries,
                         std::chrono::steady_clock::duration pause) override {
        for (const auto& one : all_) one->message_retried(destination, group, failure, tries, pause);
    }
    void write_waits(std::string_view destination) override {
        for (const auto& one : all_) one->write_waits(destination);
    }
    void group_corked(std::string_view destination, std::string_view group, const error_info& failure) override {
        for (const auto& one : all_) one->group_corked(destination, group, failure);
    }

  private:
    const std::vector<std::shared_ptr<writer_observer>> all_;
};

class all_of_reader final : public sqs::reader_observer {
  public:
    explicit all_of_reader(std::vector<std::shared_ptr<sqs::reader_observer>> all) : all_(std::move(all)) {}

    void poll_ended(std::size_t messages, const error_info* failure) override {
        for (const auto& one : all_) one->poll_ended(messages, failure);
    }
    void message_settled(std::string_view message_id, sqs::settlement how, const error_info* failure) override {
        for (const auto& one : all_) one->message_settled(message_id, how, failure);
    }
    void renewal_failed(std::string_view message_id, const error_info& failure) override {
        for (const auto& one : all_) one->renewal_failed(message_id, failure);
    }
    void handler_failed(std::string_view message_id, std::string_view what) override {
        for (const auto& one : all_) one->handler_failed(message_id, what);
    }

  private:
    const std::vector<std::shared_ptr<sqs::reader_observer>> all_;
};

} // namespace

std::shared_ptr<writer_observer> observers(std::vector<std::shared_ptr<writer_observer>> all) {
    return std::make_shared<all_of_writer>(without_null(std::move(all)));
}

std::shared_ptr<sqs::reader_observer> observers(std::vector<std::shared_ptr<sqs::reader_observer>> all) {
    return std::make_shared<all_of_reader>(without_null(std::move(all)));
}

} // namespace sluice
