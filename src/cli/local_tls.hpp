// `sluice local --tls`: which certificate the broker has, and the file from which clients learn to trust it.
#pragma once

#include <sluice/local/broker.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice::cli {

/// A certificate or key that cannot be read or written.
struct tls_file_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct local_tls_settings {
    bool generated = false;
    std::string certificate; ///< file
    std::string key;         ///< file
    std::vector<std::string> names;
    std::string trusted; ///< file to write; empty: one is found

    void add_to(CLI::App& command);
    /// Nothing: plain HTTP. Throws tls_file_error for a file that cannot be read.
    [[nodiscard]] std::optional<local::tls_options> options() const;
    /// Where the certificate that was made goes; empty when none was.
    [[nodiscard]] std::filesystem::path trusted_file(std::uint16_t port) const;
};

/// For a shell: AWS_CA_BUNDLE is what most clients know, Node.js has a variable of its own. Empty for no file.
std::string trust_lines(const std::filesystem::path& trusted);

/// There while the broker runs.
class trusted_certificate {
  public:
    /// Appears at once whole, whoever reads it, and never through a link that somebody else left. An empty path:
    /// nothing is written. Throws tls_file_error.
    trusted_certificate(std::filesystem::path path, const std::string& pem);
    trusted_certificate(const trusted_certificate&) = delete;
    trusted_certificate& operator=(const trusted_certificate&) = delete;
    /// Removes the file if it is still the one that was written.
    ~trusted_certificate();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
    std::string pem_;
};

} // namespace sluice::cli
