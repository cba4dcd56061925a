#include "cli/local_tls.hpp"

#include <CLI/CLI.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace sluice::cli {
namespace {

std::string file_content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file || content.empty()) {
        throw tls_file_error("cannot read " + path + ": " + (errno != 0 ? std::strerror(errno) : "it is empty"));
    }
    return content;
}

std::string shell_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') quoted += R"('\'')";
        else quoted += c;
    }
    return quoted + "'";
}

/// Writes all of `text` to a new file beside `path`. Empty on failure, with `errno`.
std::string written_beside(const std::filesystem::path& path, const std::string& text) {
    std::string name = path.string() + ".XXXXXX";
    const int file = mkstemp(name.data());
    if (file < 0) return {};
    const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         fchmod(file, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) == 0;
    const int why = errno;
    close(file);
    if (written) return name;
    unlink(name.c_str());
    errno = why;
    return {};
}

} // namespace

void local_tls_settings::add_to(CLI::App& command) {
    auto* const tls = command.add_flag("--tls", generated,
                                       "https, with a certificate of its own making that clients must trust: it is in "
                                       "the file that AWS_CA_BUNDLE of the first lines names");
    auto* const cert =
        command.add_option("--tls-cert", certificate, "https, with this certificate chain (PEM)")->type_name("FILE");
    auto* const its_key =
        command.add_option("--tls-key", key, "The key of --tls-cert (PEM, not encrypted)")->type_name("FILE");
    cert->needs(its_key)->excludes(tls);
    its_key->needs(cert);
    command
        .add_option("--tls-name", names,
                    "Another host name or IP address for the certificate of --tls, where clients "
                    "reach the broker under it")
        ->needs(tls)
        ->type_name("NAME");
    command
        .add_option(
            "--tls-ca-file", trusted,
            "Where the certificate of --tls is written to (default: in XDG_RUNTIME_DIR, or else where temporary files "
            "are, as sluice-local-PORT.pem)")
        ->needs(tls)
        ->type_name("FILE");
}

std::optional<local::tls_options> local_tls_settings::options() const {
    if (!generated && certificate.empty()) return std::nullopt;
    local::tls_options wanted;
    wanted.names = names;
    if (certificate.empty()) return wanted;
    wanted.certificate_chain = file_content(certificate);
    wanted.private_key = file_content(key);
    return wanted;
}

std::filesystem::path local_tls_settings::trusted_file(std::uint16_t port) const {
    if (!generated) return {};
    if (!trusted.empty()) return std::filesystem::absolute(trusted);
    const char* const own = std::getenv("XDG_RUNTIME_DIR");
    std::error_code none;
    const bool usable = own != nullptr && *own == '/' && std::filesystem::is_directory(own, none);
    return (usable ? std::filesystem::path(own) : std::filesystem::temp_directory_path()) /
           ("sluice-local-" + std::to_string(port) + ".pem");
}

std::string trust_lines(const std::filesystem::path& trusted) {
    if (trusted.empty()) return {};
    std::string path = trusted.string();
    if (path.find_first_of(" \t\n'\"\\$`&;|<>()*?[]#~!{}") != std::string::npos) path = shell_quoted(path);
    return "export AWS_CA_BUNDLE=" + path + "\nexport NODE_EXTRA_CA_CERTS=" + path + '\n';
}

trusted_certificate::trusted_certificate(std::filesystem::path path, const std::string& pem)
    : path_(std::move(path)), pem_(pem) {
    if (path_.empty()) return;
    const std::string fresh = written_beside(path_, pem);
    if (!fresh.empty() && std::rename(fresh.c_str(), path_.c_str()) == 0) return;
    const int why = errno;
    if (!fresh.empty()) unlink(fresh.c_str());
    throw tls_file_error("cannot write the certificate to " + path_.string() + ": " + std::strerror(why) +
                         " - choose another --tls-ca-file");
}

trusted_certificate::~trusted_certificate() {
    if (path_.empty()) return;
    std::ifstream file(path_, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (content == pem_) unlink(path_.c_str()); // else it is of a broker that started since
}

} // namespace sluice::cli
