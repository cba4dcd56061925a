#include "scripted_server.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <unistd.h>

namespace integration {

namespace asio = boost::asio;
using asio::ip::tcp;

scripted_server::scripted_server(script play, order how)
    : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), port_(acceptor_.local_endpoint().port()),
      play_(std::move(play)), how_(how), thread_([this] { serve(); }) {}

scripted_server::~scripted_server() {
    stopping_ = true;
    boost::system::error_code ignored;
    tcp::socket wake(context_); // a blocking accept ends with a connection, not with a close
    wake.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port_), ignored);
    thread_.join();
    for (std::thread& player : players_) player.join();
}

void scripted_server::serve() {
    while (true) {
        boost::system::error_code failure;
        tcp::socket socket(context_);
        acceptor_.accept(socket, failure);
        if (failure || stopping_) return;
        auto play = [this, number = connections_++](tcp::socket taken) {
            try {
                play_(taken, number);
            } catch (const std::exception&) { // the client went away: that is what some tests want
            }
        };
        if (how_ == order::one_by_one) play(std::move(socket));
        else players_.emplace_back(play, std::move(socket));
    }
}

bool read_request(tcp::socket& socket, std::string& request) {
    boost::system::error_code failure;
    request.clear();
    const std::size_t head = asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", failure);
    if (failure) return false;
    const std::string name = "Content-Length: ";
    const auto at = request.find(name);
    if (at == std::string::npos || at > head) return true;
    const std::size_t length = std::stoul(request.substr(at + name.size()));
    while (request.size() < head + length) {
        char bytes[4096];
        const std::size_t received = socket.read_some(asio::buffer(bytes), failure);
        if (failure) return false;
        request.append(bytes, received);
    }
    return true;
}

std::string ok_reply(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

certificate make_self_signed(const std::string& host, std::chrono::hours from_now) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    const long shift = std::chrono::duration_cast<std::chrono::seconds>(from_now).count();
    X509_gmtime_adj(X509_getm_notBefore(made.get()), shift - 3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), shift + 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(made.get(), name);
    const std::string alternatives =
        (host.find_first_not_of("0123456789.") == std::string::npos ? "IP:" : "DNS:") + host;
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternatives.c_str());
    X509_add_ext(made.get(), extension, -1);
    X509_EXTENSION_free(extension);
    if (X509_sign(made.get(), key.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign a certificate");

    const auto text_of = [](auto write) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
        write(memory.get());
        char* data = nullptr;
        const long size = BIO_get_mem_data(memory.get(), &data);
        return std::string(data, static_cast<std::size_t>(size));
    };
    certificate out;
    out.certificate_pem = text_of([&made](BIO* bio) { PEM_write_bio_X509(bio, made.get()); });
    out.key_pem =
        text_of([&key](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return out;
}

temporary_file::temporary_file(const std::string& content) {
    static std::atomic<int> counter{0};
    path_ = std::filesystem::temp_directory_path() /
            ("sluice-test-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".pem");
    std::ofstream(path_) << content;
}

asio::ssl::context server_context(const certificate& identity) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain(asio::buffer(identity.certificate_pem));
    context.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem);
    return context;
}

void serve_tls(tcp::socket& socket, const certificate& identity, const std::string& reply) {
    asio::ssl::context context = server_context(identity);
    serve_tls(socket, context, reply);
}

bool serve_tls(tcp::socket& socket, asio::ssl::context& context, const std::string& reply) {
    asio::ssl::stream<tcp::socket&> stream(socket, context);
    stream.handshake(asio::ssl::stream_base::server);
    const bool resumed = SSL_session_reused(stream.native_handle()) == 1;
    std::string request;
    boost::system::error_code gone;
    while (true) {
        request.clear();
        const std::size_t head = asio::read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", gone);
        if (gone) return resumed;
        const auto at = request.find("Content-Length: ");
        const std::size_t length = at == std::string::npos ? 0 : std::stoul(request.substr(at + 16));
        std::string rest(head + length - request.size(), '\0');
        asio::read(stream, asio::buffer(rest), gone);
        if (!gone) asio::write(stream, asio::buffer(reply), gone);
        if (gone) return resumed;
    }
}

} // namespace integration
