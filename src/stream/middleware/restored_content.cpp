#include <sluice/middleware/restored_content.hpp>

#include "stream/reader_core.hpp"

#include <sluice/sqs/delivery.hpp>

namespace sluice {

message_content::message_content(const sqs::delivery& from) : body(from.body()), attributes(from.attributes()) {}

restored_content::restored_content(sqs::delivery& delivery, message_content content) noexcept
    : delivery_(delivery), other_(std::move(content)) {
    exchange();
}

restored_content::~restored_content() {
    if (delivery_.claim_) exchange();
}

void restored_content::exchange() noexcept {
    delivery_.content_.body.swap(other_.body);
    delivery_.content_.attributes.swap(other_.attributes);
}

} // namespace sluice
