#include "client/partitions.hpp"

#include <algorithm>
#include <array>

namespace sluice::calls {
namespace {

constexpr partition aws{"aws", "amazonaws.com", "api.aws"};
constexpr partition aws_cn{"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"};
constexpr partition aws_eusc{"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"};
constexpr partition aws_iso{"aws-iso", "c2s.ic.gov", "api.aws.ic.gov"};
constexpr partition aws_iso_b{"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"};
constexpr partition aws_iso_e{"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"};
constexpr partition aws_iso_f{"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"};
constexpr partition aws_us_gov{"aws-us-gov", "amazonaws.com", "api.aws"};

struct prefix_rule {
    std::string_view prefix;
    const partition* of;
};

// Those of `aws` need no rule: it is what remains.
constexpr std::array regional{
    prefix_rule{"cn", &aws_cn},         prefix_rule{"eusc-de", &aws_eusc},  prefix_rule{"us-iso", &aws_iso},
    prefix_rule{"us-isob", &aws_iso_b}, prefix_rule{"eu-isoe", &aws_iso_e}, prefix_rule{"us-isof", &aws_iso_f},
    prefix_rule{"us-gov", &aws_us_gov},
};

// The names of a whole partition.
constexpr std::array global{
    prefix_rule{"aws-cn-global", &aws_cn},       prefix_rule{"aws-iso-global", &aws_iso},
    prefix_rule{"aws-iso-b-global", &aws_iso_b}, prefix_rule{"aws-iso-e-global", &aws_iso_e},
    prefix_rule{"aws-iso-f-global", &aws_iso_f}, prefix_rule{"aws-us-gov-global", &aws_us_gov},
};

bool is_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// `<prefix>-<word>-<number>`, such as us-gov-west-1.
bool has_form(std::string_view region, std::string_view prefix) noexcept {
    if (!region.starts_with(prefix)) return false;
    region.remove_prefix(prefix.size());
    if (!region.starts_with('-')) return false;
    region.remove_prefix(1);
    const auto dash = region.find('-');
    if (dash == 0 || dash == std::string_view::npos || dash + 1 == region.size()) return false;
    return std::ranges::all_of(region.substr(0, dash), is_word) &&
           std::ranges::all_of(region.substr(dash + 1), is_digit);
}

} // namespace

const partition& partition_of(std::string_view region) noexcept {
    for (const prefix_rule& rule : global) {
        if (region == rule.prefix) return *rule.of;
    }
    for (const prefix_rule& rule : regional) {
        if (has_form(region, rule.prefix)) return *rule.of;
    }
    return aws;
}

} // namespace sluice::calls
