#include "support/exposition_checker.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace unit_tests {
namespace {

using labels = std::vector<std::pair<std::string, std::string>>;

bool is_name(std::string_view text, bool colon) {
    if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
    for (const char c : text) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                          (colon && c == ':');
        if (!good) return false;
    }
    return true;
}

double number_of(std::string_view text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) throw std::runtime_error("no number");
    return value;
}

class checker {
  public:
    void check(const std::string& text) {
        if (!text.empty() && text.back() != '\n') throw std::runtime_error("the last line has no end");
        std::istringstream lines(text);
        std::string line;
        while (std::getline(lines, line)) {
            try {
                if (line.starts_with('#')) comment(line);
                else if (!line.empty()) sample(line);
            } catch (const std::runtime_error& failure) {
                throw std::runtime_error(std::string(failure.what()) + ": " + line);
            }
        }
        end_metric();
    }

    samples all;
    std::map<std::string, std::string> types;

  private:
    void comment(const std::string& line) {
        std::istringstream words(line);
        std::string hash, what, name;
        words >> hash >> what >> name;
        if (hash != "#" || (what != "HELP" && what != "TYPE") || !is_name(name, true)) {
            throw std::runtime_error("no HELP and no TYPE");
        }
        if (name != helped_) end_metric();
        if (what == "HELP") {
            if (!helps_.insert(name).second || types.contains(name)) throw std::runtime_error("HELP twice or late");
            helped_ = name;
            return;
        }
        std::string type, rest;
        words >> type;
        if (words >> rest) throw std::runtime_error("more than a type");
        if (type != "counter" && type != "gauge" && type != "histogram") throw std::runtime_error("no type");
        if (!types.emplace(name, type).second) throw std::runtime_error("TYPE twice");
        helped_ = name;
        name_ = name;
        type_ = type;
    }

    void sample(const std::string& line) {
        const auto name_end = line.find_first_of("{ ");
        if (name_end == std::string::npos) throw std::runtime_error("no value");
        const std::string name = line.substr(0, name_end);
        std::size_t at = name_end;
        const labels found = line[at] == '{' ? read_labels(line, at) : labels();
        if (at >= line.size() || line[at] != ' ') throw std::runtime_error("no space before the value");
        const double value = number_of(std::string_view(line).substr(at + 1));
        const bool part =
            type_ == "histogram" && (name == name_ + "_bucket" || name == name_ + "_sum" || name == name_ + "_count");
        if (!is_name(name, true) || name_.empty() || (name != name_ && !part) || (type_ == "histogram" && !part)) {
            throw std::runtime_error("a sample apart from its TYPE");
        }
        if (type_ != "gauge" && value < 0) throw std::runtime_error("less than zero");
        std::string series = name;
        for (const auto& [label, text] : found) {
            series += (series.size() == name.size() ? "{" : ",") + label + "=\"" + text + "\"";
        }
        if (!found.empty()) series += "}";
        if (!all.emplace(series, value).second) throw std::runtime_error("a series twice");
        if (type_ == "histogram") of_histogram(name, found, value);
    }

    static labels read_labels(const std::string& line, std::size_t& at) {
        labels found;
        std::set<std::string> names;
        ++at;
        while (true) {
            const auto equals = line.find('=', at);
            if (equals == std::string::npos) throw std::runtime_error("a label without a value");
            std::string name = line.substr(at, equals - at);
            if (!is_name(name, false) || !names.insert(name).second) throw std::runtime_error("no label name");
            at = equals + 1;
            if (at >= line.size() || line[at] != '"') throw std::runtime_error("a label without quotes");
            std::string value;
            for (++at; at < line.size() && line[at] != '"'; ++at) {
                if (line[at] != '\\') {
                    value += line[at];
                    continue;
                }
                const char escaped = ++at < line.size() ? line[at] : ' ';
                if (escaped != '\\' && escaped != '"' && escaped != 'n') throw std::runtime_error("a wrong escape");
                value += escaped == 'n' ? '\n' : escaped;
            }
            if (at >= line.size()) throw std::runtime_error("a label value without an end");
            found.emplace_back(std::move(name), std::move(value));
            const char next = ++at < line.size() ? line[at++] : ' ';
            if (next == '}') return found;
            if (next != ',') throw std::runtime_error("neither a comma nor a brace after a label");
        }
    }

    struct histogram {
        std::vector<std::pair<double, double>> buckets;
        double count = -1;
        bool has_sum = false;
    };

    void of_histogram(const std::string& name, const labels& found, double value) {
        std::string key;
        double bound = std::nan("");
        for (const auto& [label, text] : found) {
            if (label == "le") bound = number_of(text);
            else key += label + "=" + text + ";";
        }
        histogram& into = histograms_[key];
        if (name == name_ + "_sum") into.has_sum = true;
        else if (name == name_ + "_count") into.count = value;
        else if (std::isnan(bound)) throw std::runtime_error("a bucket without le");
        else into.buckets.emplace_back(bound, value);
    }

    void end_metric() {
        for (const auto& [key, one] : histograms_) {
            if (one.buckets.empty() || !std::isinf(one.buckets.back().first) || !one.has_sum ||
                one.buckets.back().second != one.count) {
                throw std::runtime_error("an incomplete histogram " + name_);
            }
            for (std::size_t i = 1; i < one.buckets.size(); ++i) {
                if (one.buckets[i].first <= one.buckets[i - 1].first ||
                    one.buckets[i].second < one.buckets[i - 1].second) {
                    throw std::runtime_error("a histogram that is not cumulative " + name_);
                }
            }
        }
        histograms_.clear();
        name_.clear();
        type_.clear();
    }

    std::set<std::string> helps_;
    std::string helped_, name_, type_;
    std::map<std::string, histogram> histograms_;
};

} // namespace

samples checked_samples(const std::string& text) {
    checker one;
    one.check(text);
    return one.all;
}

std::map<std::string, std::string> checked_types(const std::string& text) {
    checker one;
    one.check(text);
    return one.types;
}

} // namespace unit_tests
