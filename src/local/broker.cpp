// The broker as the user has it: a handle of the server.
#include "local/in_process_transport.hpp"
#include "local/server.hpp"

#include <sluice/local/broker.hpp>

#include <memory>
#include <utility>

namespace sluice::local {

namespace asio = boost::asio;

broker::broker(asio::any_io_executor executor, broker_options options)
    : server_(std::make_shared<server>(executor, std::move(options))) {
    server_->start();
}

broker::~broker() { stop(); }
std::string broker::endpoint() const { return server_->endpoint(); }
std::string broker::certificate_pem() const { return server_->certificate_pem(); }
std::shared_ptr<sluice::transport> broker::transport() {
    return std::make_shared<in_process_transport>(server_, "in-process");
}
std::shared_ptr<sluice::transport> broker::quiet_transport() {
    return std::make_shared<in_process_transport>(server_, "");
}
std::string broker::queue_arn(std::string_view name) const { return server_->core().queue_arn(name); }
std::string broker::topic_arn(std::string_view name) const { return server_->core().topic_arn(name); }
std::map<std::string, queue_ledger> broker::ledger() const { return server_->ledger(); }
void broker::advance(std::chrono::milliseconds by) { server_->advance(by); }
void broker::skew_clock(std::chrono::milliseconds by) { server_->skew_clock(by); }
fault_builder broker::on(std::string operation) {
    return {std::move(operation), [weak = std::weak_ptr(server_)](fault_rule rule) {
                const auto target = weak.lock();
                return target ? target->add_fault(std::move(rule)) : fault_id(0);
            }};
}
fault_id broker::refuse_connections(std::uint64_t times, connection_end ending) {
    fault_rule rule;
    rule.kind = fault_kind::refuse_connection;
    rule.times = times;
    rule.ending = ending;
    return server_->add_fault(std::move(rule));
}
fault_id broker::add_fault(fault_rule rule) { return server_->add_fault(std::move(rule)); }
bool broker::remove_fault(fault_id id) { return server_->remove_fault(id); }
void broker::clear_faults() { server_->clear_faults(); }
std::vector<listed_fault> broker::faults() const { return server_->faults(); }
bool broker::expire_visibility(std::string_view queue_name) { return server_->expire_visibility(queue_name); }
void broker::restart(restart_memory memory) { server_->restart(memory); }
void broker::stop() { server_->stop(); }

} // namespace sluice::local
