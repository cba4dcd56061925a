#include <sluice/middleware/failure.hpp>

#include <sluice/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <system_error>

namespace sluice {

bool is_cancellation(const std::exception_ptr& failure) {
    if (!failure) return false;
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& thrown) {
        return thrown.code() == boost::asio::error::operation_aborted || thrown.code() == errc::cancelled;
    } catch (const std::system_error& thrown) {
        return thrown.code() == std::errc::operation_canceled;
    } catch (...) {
        return false;
    }
}

std::string describe_failure(const std::exception_ptr& failure) {
    if (!failure) return "no exception";
    std::string text;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
        text = thrown.what();
    } catch (...) {
        return "something that is no std::exception";
    }
    return text.empty() ? "an exception without a text" : text;
}

} // namespace sluice
