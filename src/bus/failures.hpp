// Why a command is given up, as the bus passes it on inside, and as it is named outside.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::bus {

enum class failure_kind {
    unknown_command, ///< nobody handles its type
    undecodable,     ///< its envelope or payload cannot be read
    expired,         ///< its deadline has passed
    rejected,        ///< its handler refuses it
    failed,          ///< its handler failed too often
};

/// As in dead letters and error replies.
std::string_view name_of(failure_kind kind) noexcept;

/// Of a command that is not tried again. Its text tells people why.
class given_up : public std::runtime_error {
  public:
    given_up(failure_kind kind, std::string type, const std::string& why)
        : std::runtime_error(why), kind_(kind), type_(std::move(type)) {}

    [[nodiscard]] failure_kind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& type() const noexcept { return type_; } ///< of the command; empty: not known

  private:
    failure_kind kind_;
    std::string type_;
};

/// Calls `with(const given_up&)` if that is what `failure` is.
template<class Function>
bool if_given_up(const std::exception_ptr& failure, Function with) {
    if (!failure) return false;
    try {
        std::rethrow_exception(failure);
    } catch (const given_up& reason) {
        with(reason);
        return true;
    } catch (...) {
        return false;
    }
}

} // namespace sluice::bus
