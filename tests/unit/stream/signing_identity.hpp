// A key and a certificate of our own that sign as SNS does.
#pragma once

#include <sluice/sns/signature.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace unit_tests {

class signing_identity {
  public:
    /// Valid from a day before `now` to a day after it.
    signing_identity(const std::string& common_name, std::chrono::system_clock::time_point now, bool elliptic = false);
    signing_identity(const signing_identity&) = delete;
    signing_identity& operator=(const signing_identity&) = delete;
    ~signing_identity();

    [[nodiscard]] const std::string& certificate_pem() const noexcept { return pem_; }
    /// The message as SNS would send it, with its signature.
    [[nodiscard]] std::string sign(sluice::sns::signed_message content) const;

  private:
    struct key;
    std::unique_ptr<key> key_;
    std::string pem_;
};

} // namespace unit_tests
