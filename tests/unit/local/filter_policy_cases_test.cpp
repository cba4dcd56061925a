// Filter policies case by case: a policy, what it is asked about, and whether it matches. From the examples of the SNS
// developer guide ("Amazon SNS subscription filter policies") and their edges.
#include <local/filter_policy.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <iostream>

using namespace sluice::local;
using nlohmann::json;

namespace {

struct filter_case {
    const char* policy;
    const char* asked; ///< attributes as an object of text, numbers (Number) and arrays (String.Array); or the body
    bool matches;
};

constexpr bool yes = true;
constexpr bool no = false;

constexpr filter_case on_attributes[] = {
    // --- exact text
    {R"({"store":["example_corp"]})", R"({"store":"example_corp"})", yes},
    {R"({"store":["example_corp"]})", R"({"store":"Example_corp"})", no},
    {R"({"store":["example_corp"]})", R"({"store":"example_corp "})", no},
    {R"({"store":["example_corp"]})", R"({"other":"example_corp"})", no},
    {R"({"store":["example_corp"]})", R"({})", no},
    {R"({"customer_interests":["rugby","football"]})", R"({"customer_interests":"football"})", yes},
    {R"({"customer_interests":["rugby","football"]})", R"({"customer_interests":"baseball"})", no},
    {R"({"customer_interests":["rugby","tennis"]})", R"({"customer_interests":["soccer","rugby","hockey"]})", yes},
    {R"({"customer_interests":["rugby","tennis"]})", R"({"customer_interests":["soccer","hockey"]})", no},
    {R"({"customer_interests":["rugby"]})", R"({"customer_interests":[]})", no},
    {R"({"a":["1"]})", R"({"a":"1"})", yes},
    {R"({"a":["1"]})", R"({"a":1})", no},
    {R"({"a":[""]})", R"({"a":"x"})", no},
    {R"({"a":["\u00e9"]})", R"({"a":"\u00e9"})", yes},
    {R"({"a b":["x"]})", R"({"a b":"x"})", yes},
    {R"({})", R"({})", yes},
    {R"({})", R"({"a":"x"})", yes},
    // --- numbers, booleans, null
    {R"({"price":[100]})", R"({"price":100})", yes},
    {R"({"price":[100]})", R"({"price":100.0})", yes},
    {R"({"price":[100]})", R"({"price":1e2})", yes},
    {R"({"price":[100]})", R"({"price":101})", no},
    {R"({"price":[100]})", R"({"price":"100"})", no},
    {R"({"price":[-0.5]})", R"({"price":-0.5})", yes},
    {R"({"price":[100, 200]})", R"({"price":[1, 200]})", yes},
    {R"({"a":[true]})", R"({"a":[true]})", yes},
    {R"({"a":[true]})", R"({"a":[false]})", no},
    {R"({"a":[true]})", R"({"a":"true"})", no},
    {R"({"a":[null]})", R"({"a":[null]})", yes},
    {R"({"a":[null]})", R"({"a":"null"})", no},
    {R"({"a":[null]})", R"({})", no},
    // --- several keys: all of them; several values: one of them
    {R"({"store":["a"],"event":["b"]})", R"({"store":"a","event":"b"})", yes},
    {R"({"store":["a"],"event":["b"]})", R"({"store":"a","event":"c"})", no},
    {R"({"store":["a"],"event":["b"]})", R"({"store":"a"})", no},
    {R"({"store":["a"],"event":["b"]})", R"({"store":"a","event":"b","more":"x"})", yes},
    // --- prefix, suffix
    {R"({"customer_interests":[{"prefix":"bas"}]})", R"({"customer_interests":"baseball"})", yes},
    {R"({"customer_interests":[{"prefix":"bas"}]})", R"({"customer_interests":"basketball"})", yes},
    {R"({"customer_interests":[{"prefix":"bas"}]})", R"({"customer_interests":"rugby"})", no},
    {R"({"customer_interests":[{"prefix":"bas"}]})", R"({"customer_interests":"ba"})", no},
    {R"({"customer_interests":[{"prefix":"bas"}]})", R"({"customer_interests":"Baseball"})", no},
    {R"({"customer_interests":[{"prefix":"bas"}]})", R"({"customer_interests":["rugby","baseball"]})", yes},
    {R"({"a":[{"prefix":"1"}]})", R"({"a":10})", no},
    {R"({"customer_interests":[{"suffix":"ball"}]})", R"({"customer_interests":"baseball"})", yes},
    {R"({"customer_interests":[{"suffix":"ball"}]})", R"({"customer_interests":"ball"})", yes},
    {R"({"customer_interests":[{"suffix":"ball"}]})", R"({"customer_interests":"ballet"})", no},
    {R"({"customer_interests":[{"suffix":"ball"}]})", R"({"customer_interests":"rugby"})", no},
    {R"({"a":[{"prefix":"x"},{"suffix":"z"}]})", R"({"a":"az"})", yes},
    // --- equals-ignore-case
    {R"({"customer_interests":[{"equals-ignore-case":"tennis"}]})", R"({"customer_interests":"TENNIS"})", yes},
    {R"({"customer_interests":[{"equals-ignore-case":"tennis"}]})", R"({"customer_interests":"Tennis"})", yes},
    {R"({"customer_interests":[{"equals-ignore-case":"tennis"}]})", R"({"customer_interests":"tennis1"})", no},
    {R"({"customer_interests":[{"equals-ignore-case":"TENNIS"}]})", R"({"customer_interests":"tennis"})", yes},
    {R"({"a":[{"equals-ignore-case":"1"}]})", R"({"a":1})", no},
    // --- anything-but
    {R"({"customer_interests":[{"anything-but":["rugby","tennis"]}]})", R"({"customer_interests":"football"})", yes},
    {R"({"customer_interests":[{"anything-but":["rugby","tennis"]}]})", R"({"customer_interests":"rugby"})", no},
    {R"({"customer_interests":[{"anything-but":["rugby","tennis"]}]})",
     R"({"customer_interests":["rugby","baseball"]})", yes},
    {R"({"customer_interests":[{"anything-but":["rugby","tennis"]}]})", R"({"customer_interests":["rugby","tennis"]})",
     no},
    {R"({"customer_interests":[{"anything-but":["rugby"]}]})", R"({})", no},
    {R"({"customer_interests":[{"anything-but":"rugby"}]})", R"({"customer_interests":"tennis"})", yes},
    {R"({"price":[{"anything-but":[100,500]}]})", R"({"price":101})", yes},
    {R"({"price":[{"anything-but":[100,500]}]})", R"({"price":100.1})", yes},
    {R"({"price":[{"anything-but":[100,500]}]})", R"({"price":100})", no},
    {R"({"price":[{"anything-but":[100,500]}]})", R"({"price":500.0})", no},
    {R"({"price":[{"anything-but":100}]})", R"({"price":"100"})", yes},
    {R"({"event":[{"anything-but":{"prefix":"order-"}}]})", R"({"event":"data-entry"})", yes},
    {R"({"event":[{"anything-but":{"prefix":"order-"}}]})", R"({"event":"order_number"})", yes},
    {R"({"event":[{"anything-but":{"prefix":"order-"}}]})", R"({"event":"order-cancelled"})", no},
    {R"({"event":[{"anything-but":{"prefix":"order-"}}]})", R"({"event":7})", yes},
    // --- wildcard
    {R"({"a":[{"wildcard":"*"}]})", R"({"a":"anything"})", yes},
    {R"({"a":[{"wildcard":"*.txt"}]})", R"({"a":"file.txt"})", yes},
    {R"({"a":[{"wildcard":"*.txt"}]})", R"({"a":".txt"})", yes},
    {R"({"a":[{"wildcard":"*.txt"}]})", R"({"a":"file.txt.gz"})", no},
    {R"({"a":[{"wildcard":"a*b*c"}]})", R"({"a":"a12b34c"})", yes},
    {R"({"a":[{"wildcard":"a*b*c"}]})", R"({"a":"acb"})", no},
    {R"({"a":[{"wildcard":"file?"}]})", R"({"a":"file1"})", no},
    {R"({"a":[{"wildcard":"file?"}]})", R"({"a":"file?"})", yes},
    {R"({"a":[{"wildcard":"1*"}]})", R"({"a":10})", no},
    // --- numeric
    {R"({"price":[{"numeric":["=",301.5]}]})", R"({"price":301.5})", yes},
    {R"({"price":[{"numeric":["=",301.5]}]})", R"({"price":301.50})", yes},
    {R"({"price":[{"numeric":["=",301.5]}]})", R"({"price":301.4})", no},
    {R"({"price":[{"numeric":["=",301.5]}]})", R"({"price":"301.5"})", no},
    {R"({"price":[{"numeric":["<",10]}]})", R"({"price":9.999})", yes},
    {R"({"price":[{"numeric":["<",10]}]})", R"({"price":10})", no},
    {R"({"price":[{"numeric":["<=",10]}]})", R"({"price":10})", yes},
    {R"({"price":[{"numeric":[">",10]}]})", R"({"price":10})", no},
    {R"({"price":[{"numeric":[">",10]}]})", R"({"price":11})", yes},
    {R"({"price":[{"numeric":[">=",10]}]})", R"({"price":10})", yes},
    {R"({"price":[{"numeric":[">",0,"<=",150]}]})", R"({"price":150})", yes},
    {R"({"price":[{"numeric":[">",0,"<=",150]}]})", R"({"price":0})", no},
    {R"({"price":[{"numeric":[">",0,"<=",150]}]})", R"({"price":151})", no},
    {R"({"price":[{"numeric":["<",0]}]})", R"({"price":-1e-9})", yes},
    {R"({"price":[{"numeric":["<",10]}]})", R"({})", no},
    {R"({"price":[{"numeric":["<",10]}]})", R"({"price":[100,"x",5]})", yes},
    {R"({"price":[{"numeric":["<",10]},"free"]})", R"({"price":"free"})", yes},
    // --- exists
    {R"({"store":[{"exists":true}]})", R"({"store":"x"})", yes},
    {R"({"store":[{"exists":true}]})", R"({"store":""})", yes},
    {R"({"store":[{"exists":true}]})", R"({"other":"x"})", no},
    {R"({"store":[{"exists":false}]})", R"({"other":"x"})", yes},
    {R"({"store":[{"exists":false}]})", R"({})", yes},
    {R"({"store":[{"exists":false}]})", R"({"store":"x"})", no},
    {R"({"store":[{"exists":false},"x"]})", R"({"store":"x"})", yes},
    {R"({"store":[{"exists":false},"x"]})", R"({"store":"y"})", no},
    // --- cidr
    {R"({"source_ip":[{"cidr":"10.0.0.0/24"}]})", R"({"source_ip":"10.0.0.0"})", yes},
    {R"({"source_ip":[{"cidr":"10.0.0.0/24"}]})", R"({"source_ip":"10.0.0.255"})", yes},
    {R"({"source_ip":[{"cidr":"10.0.0.0/24"}]})", R"({"source_ip":"10.1.1.0"})", no},
    {R"({"source_ip":[{"cidr":"10.0.0.0/24"}]})", R"({"source_ip":"no address"})", no},
    {R"({"source_ip":[{"cidr":"10.0.0.0/24"}]})", R"({"source_ip":"10.0.0"})", no},
    {R"({"source_ip":[{"cidr":"0.0.0.0/0"}]})", R"({"source_ip":"255.255.255.255"})", yes},
    {R"({"source_ip":[{"cidr":"10.0.0.7/32"}]})", R"({"source_ip":"10.0.0.7"})", yes},
    {R"({"source_ip":[{"cidr":"10.0.0.7/32"}]})", R"({"source_ip":"10.0.0.8"})", no},
    {R"({"source_ip":[{"cidr":"2001:db8::/32"}]})", R"({"source_ip":"2001:db8:1::1"})", yes},
    {R"({"source_ip":[{"cidr":"2001:db8::/32"}]})", R"({"source_ip":"2001:db9::1"})", no},
    {R"({"source_ip":[{"cidr":"2001:db8::/32"}]})", R"({"source_ip":"10.0.0.1"})", no},
    // --- $or
    {R"({"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization"]},{"namespace":["AWS/EC2"]}]})",
     R"({"source":"aws.cloudwatch","metricName":"CPUUtilization"})", yes},
    {R"({"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization"]},{"namespace":["AWS/EC2"]}]})",
     R"({"source":"aws.cloudwatch","namespace":"AWS/EC2"})", yes},
    {R"({"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization"]},{"namespace":["AWS/EC2"]}]})",
     R"({"source":"aws.cloudwatch"})", no},
    {R"({"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization"]},{"namespace":["AWS/EC2"]}]})",
     R"({"source":"other","namespace":"AWS/EC2"})", no},
    {R"({"$or":[{"a":["1"],"b":["2"]},{"c":[3]}]})", R"({"a":"1","b":"2"})", yes},
    {R"({"$or":[{"a":["1"],"b":["2"]},{"c":[3]}]})", R"({"a":"1"})", no},
    {R"({"$or":[{"a":["1"],"b":["2"]},{"c":[3]}]})", R"({"c":3})", yes},
    {R"({"$or":["x"]})", R"({"$or":"x"})", yes}, // one way is no relation: an attribute of that name
};

constexpr filter_case on_body[] = {
    // --- what is no JSON object never matches, but for the empty policy
    {R"({"a":["x"]})", R"(plain text)", no},
    {R"({"a":["x"]})", R"(["x"])", no},
    {R"({"a":["x"]})", R"("x")", no},
    {R"({"a":[{"exists":false}]})", R"(plain text)", no},
    {R"({})", R"(plain text)", yes},
    // --- exact values of every kind
    {R"({"a":["x"]})", R"({"a":"x"})", yes},
    {R"({"a":["x"]})", R"({"a":"y"})", no},
    {R"({"a":[1]})", R"({"a":1.0})", yes},
    {R"({"a":[1]})", R"({"a":"1"})", no},
    {R"({"a":["1"]})", R"({"a":1})", no},
    {R"({"a":[true]})", R"({"a":true})", yes},
    {R"({"a":[true]})", R"({"a":"true"})", no},
    {R"({"a":[false]})", R"({"a":false})", yes},
    {R"({"a":[null]})", R"({"a":null})", yes},
    {R"({"a":[null]})", R"({"a":0})", no},
    {R"({"a":[null]})", R"({})", no},
    // --- arrays in the body
    {R"({"customer_interests":["rugby"]})", R"({"customer_interests":["soccer","rugby"]})", yes},
    {R"({"customer_interests":["rugby"]})", R"({"customer_interests":[]})", no},
    {R"({"customer_interests":[{"prefix":"rug"}]})", R"({"customer_interests":["soccer","rugby"]})", yes},
    {R"({"price":[{"numeric":["<",10]}]})", R"({"price":[100, 5]})", yes},
    {R"({"a":[{"anything-but":["x"]}]})", R"({"a":["x"]})", no},
    {R"({"a":[{"anything-but":["x"]}]})", R"({"a":["x","y"]})", yes},
    // --- nested keys
    {R"({"person":{"name":["Ann"]}})", R"({"person":{"name":"Ann"}})", yes},
    {R"({"person":{"name":["Ann"]}})", R"({"person":{"name":"Bob"}})", no},
    {R"({"person":{"name":["Ann"]}})", R"({"person":"Ann"})", no},
    {R"({"person":{"name":["Ann"]}})", R"({"name":"Ann"})", no},
    {R"({"person":{"address":{"city":["Bonn"]}}})", R"({"person":{"address":{"city":"Bonn"}}})", yes},
    {R"({"person":{"address":{"city":["Bonn"]}}})", R"({"person":{"city":"Bonn"}})", no},
    {R"({"person":{"name":["Ann"],"age":[{"numeric":[">=",18]}]}})", R"({"person":{"name":"Ann","age":18}})", yes},
    {R"({"person":{"name":["Ann"],"age":[{"numeric":[">=",18]}]}})", R"({"person":{"name":"Ann","age":17}})", no},
    {R"({"person":{"name":["Ann"]},"kind":["new"]})", R"({"person":{"name":"Ann"},"kind":"new"})", yes},
    {R"({"person":{"name":["Ann"]},"kind":["new"]})", R"({"person":{"name":"Ann"}})", no},
    // --- arrays of objects: one of them must hold all of the nested policy
    {R"({"Records":{"eventName":["Put"]}})", R"({"Records":[{"eventName":"Delete"},{"eventName":"Put"}]})", yes},
    {R"({"Records":{"eventName":["Put"]}})", R"({"Records":[{"eventName":"Delete"}]})", no},
    {R"({"Records":{"eventName":["Put"],"size":[1]}})",
     R"({"Records":[{"eventName":"Put","size":2},{"eventName":"x","size":1}]})", no},
    {R"({"Records":{"eventName":["Put"],"size":[1]}})", R"({"Records":[{"eventName":"Put","size":1}]})", yes},
    // --- exists
    {R"({"a":[{"exists":true}]})", R"({"a":null})", yes},
    {R"({"a":[{"exists":false}]})", R"({"b":1})", yes},
    {R"({"a":[{"exists":false}]})", R"({"a":null})", no},
    {R"({"a":{"b":[{"exists":false}]}})", R"({})", yes},
    {R"({"a":{"b":[{"exists":false}]}})", R"({"a":{"b":1}})", no},
    {R"({"a":{"b":[{"exists":true}]}})", R"({"a":{}})", no},
    // --- operators in depth, and $or
    {R"({"a":{"b":[{"wildcard":"*x*"}]}})", R"({"a":{"b":"axb"}})", yes},
    {R"({"a":{"ip":[{"cidr":"10.0.0.0/8"}]}})", R"({"a":{"ip":"10.9.9.9"}})", yes},
    {R"({"a":{"b":[{"equals-ignore-case":"X"}]}})", R"({"a":{"b":"x"}})", yes},
    {R"({"a":{"b":[{"anything-but":{"prefix":"x"}}]}})", R"({"a":{"b":"xy"}})", no},
    {R"({"$or":[{"a":{"b":[1]}},{"c":["d"]}]})", R"({"a":{"b":1}})", yes},
    {R"({"$or":[{"a":{"b":[1]}},{"c":["d"]}]})", R"({"c":"d"})", yes},
    {R"({"$or":[{"a":{"b":[1]}},{"c":["d"]}]})", R"({"a":{"b":2}})", no},
};

std::vector<attribute> attributes_of(const char* text) {
    const json document = json::parse(text);
    std::vector<attribute> out;
    for (const auto& [name, value] : document.items()) {
        attribute one;
        one.name = name;
        one.type = value.is_string() ? "String" : value.is_number() ? "Number" : "String.Array";
        one.value = value.is_string() ? value.get<std::string>() : value.dump();
        out.push_back(one);
    }
    return out;
}

} // namespace

TEST_CASE("filter policies: the table of cases") {
    for (const filter_case& one : on_attributes) {
        CAPTURE(one.policy);
        CAPTURE(one.asked);
        CHECK(filter_policy(one.policy, filter_scope::attributes).matches(attributes_of(one.asked), "") == one.matches);
    }
    for (const filter_case& one : on_body) {
        CAPTURE(one.policy);
        CAPTURE(one.asked);
        CHECK(filter_policy(one.policy, filter_scope::body).matches({}, one.asked) == one.matches);
    }
    std::cout << "filter policies: " << std::size(on_attributes) << " cases on attributes, " << std::size(on_body)
              << " on bodies\n";
    CHECK(std::size(on_attributes) + std::size(on_body) >= 150);
}

TEST_CASE("filter policies: the scopes do not mix") {
    const filter_policy on_attribute(R"({"a":["x"]})", filter_scope::attributes);
    CHECK_FALSE(on_attribute.matches({}, R"({"a":"x"})"));
    const filter_policy on_text(R"({"a":["x"]})", filter_scope::body);
    CHECK_FALSE(on_text.matches(attributes_of(R"({"a":"x"})"), "{}"));
    CHECK_THROWS_AS(filter_policy(R"({"a":{"b":["x"]}})", filter_scope::attributes), bad_filter_policy);
}

TEST_CASE("filter policies: on bodies each value counts as often as its key is deep") {
    std::string values;
    for (int i = 0; i < 75; ++i) values += (i > 0 ? "," : "") + std::to_string(i);
    CHECK_NOTHROW(filter_policy(R"({"a":{"b":[)" + values + "]}}", filter_scope::body)); // 75 x 2 = 150
    CHECK_THROWS_AS(filter_policy(R"({"a":{"b":[)" + values + ",75]}}", filter_scope::body), bad_filter_policy);
    CHECK_THROWS_AS(filter_policy(R"({"a":{"b":{"c":[)" + values + "]}}}", filter_scope::body), bad_filter_policy);
}
