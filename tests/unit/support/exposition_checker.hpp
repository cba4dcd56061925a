// Reads the Prometheus text exposition format 0.0.4, and takes nothing that breaks its rules.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <map>
#include <string>

namespace unit_tests {

/// By `name{label="value",…}`, with the labels as they come and their values unescaped.
using samples = std::map<std::string, double>;

/// Throws std::runtime_error that names the line: for a sample without a TYPE before it or apart from its metric, a
/// name, label or number that is none, a wrong escape, a series or a TYPE that is there twice, a counter below zero,
/// and a histogram whose buckets are not cumulative, not in order, without +Inf, or not as many as its count.
samples checked_samples(const std::string& text);
/// The types by name.
std::map<std::string, std::string> checked_types(const std::string& text);

} // namespace unit_tests
