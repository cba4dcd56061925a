#include "credentials/small_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {
namespace {

class descriptor {
  public:
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

  private:
    int number_;
};

error_info cannot(std::string_view what, const std::string& path, const std::string& why) {
    return error_info(errc::configuration, "cannot " + std::string(what) + " " + path + ": " + why);
}

std::string last_reason() { return std::generic_category().message(errno); }

std::string size_text(std::size_t bytes) {
    return bytes >= (std::size_t(1) << 20) ? std::to_string(bytes >> 20U) + " MiB"
                                           : std::to_string(bytes >> 10U) + " KiB";
}

} // namespace

result<secret_text> read_small_file(const std::string& path, std::size_t most_bytes) {
    const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) return cannot("read", path, last_reason());
    struct stat facts{};
    if (::fstat(file.number(), &facts) != 0) return cannot("read", path, last_reason());
    if (S_ISDIR(facts.st_mode)) return cannot("read", path, "it is a directory");
    const std::string too_large = "it is larger than " + size_text(most_bytes);
    if (S_ISREG(facts.st_mode) && static_cast<std::size_t>(facts.st_size) > most_bytes) {
        return cannot("read", path, too_large);
    }
    secret_text text;
    std::size_t used = 0;
    text.resize(std::max<std::size_t>(static_cast<std::size_t>(facts.st_size) + 1, 4'096));
    for (;;) {
        const ssize_t got = ::read(file.number(), text.data() + used, text.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannot("read", path, last_reason());
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
        if (used > most_bytes) return cannot("read", path, too_large);
        if (used == text.size()) text.resize(2 * text.size());
    }
    text.resize(used);
    return text;
}

result<void> replace_small_file(const std::string& path, std::string_view text) {
    std::string beside = path + ".XXXXXX";
    const descriptor file(::mkostemp(beside.data(), O_CLOEXEC)); // readable for the user alone
    if (!file.is_open()) return cannot("write", path, last_reason());
    std::string failure;
    while (!text.empty() && failure.empty()) {
        const ssize_t put = ::write(file.number(), text.data(), text.size());
        if (put < 0 && errno != EINTR) failure = last_reason();
        if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
    }
    if (failure.empty() && std::rename(beside.c_str(), path.c_str()) != 0) failure = last_reason();
    if (failure.empty()) return {};
    ::unlink(beside.c_str());
    return cannot("write", path, failure);
}

} // namespace sluice
