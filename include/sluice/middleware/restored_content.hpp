// For middlewares that undo what was done to a message before it was written, such as compression.
#pragma once

#include <sluice/export.hpp>
#include <sluice/message.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::sqs {
class delivery;
}

namespace sluice {

/// A body and its attributes, out of a message that was received.
class SLUICE_API message_content {
  public:
    message_content() = default;
    message_content(std::string content_body, std::vector<named_attribute> content_attributes)
        : body(std::move(content_body)), attributes(std::move(content_attributes)) {}
    /// A copy of what the delivery has.
    explicit message_content(const sqs::delivery& from);

    std::string body;
    std::vector<named_attribute> attributes;

    friend bool operator==(const message_content&, const message_content&) = default;
};

/// As long as it lives, the delivery has this content, for the handler and the middlewares within. Then it has its own
/// again, so that those around, `dead_letter` for one, see what was received. A delivery that was moved away meanwhile
/// keeps the content.
///
///     const sluice::restored_content decrypted(delivery, std::move(content));
///     co_await next(delivery);
class SLUICE_API restored_content {
  public:
    /// `delivery` must outlive it.
    restored_content(sqs::delivery& delivery, message_content content) noexcept;
    restored_content(const restored_content&) = delete;
    restored_content& operator=(const restored_content&) = delete;
    ~restored_content();

  private:
    void exchange() noexcept;

    sqs::delivery& delivery_;
    message_content other_;
};

} // namespace sluice
