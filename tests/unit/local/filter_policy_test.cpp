// Filter policies on message attributes, after the examples and edges of the SNS developer guide.
#include <local/filter_policy.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace filter_policy_test {

using sluice::local::attribute;
using sluice::local::filter_policy;
using sluice::local::filter_scope;

namespace {

attribute make(std::string name, std::string type, std::string value) {
    attribute made;
    made.name = std::move(name);
    made.type = std::move(type);
    made.value = std::move(value);
    return made;
}

attribute text(std::string name, std::string value) { return make(std::move(name), "String", std::move(value)); }
attribute number(std::string name, std::string value) { return make(std::move(name), "Number", std::move(value)); }
attribute list(std::string name, std::string value) { return make(std::move(name), "String.Array", std::move(value)); }

struct filter_case {
    const char* policy;
    std::vector<attribute> attributes;
    bool taken;
};

const std::vector<filter_case> cases{
    // Nothing asked.
    {R"({})", {}, true},
    {R"({})", {text("k", "v")}, true},
    // Exact texts: one of the values, every key.
    {R"({"k":["a"]})", {text("k", "a")}, true},
    {R"({"k":["a"]})", {text("k", "A")}, false},
    {R"({"k":["a"]})", {text("k", "ab")}, false},
    {R"({"k":["a"]})", {}, false},
    {R"({"k":["a"]})", {text("K", "a")}, false},
    {R"({"k":["a","b"]})", {text("k", "b")}, true},
    {R"({"k":["a","b"]})", {text("k", "c")}, false},
    {R"({"k":["a"],"l":["b"]})", {text("k", "a"), text("l", "b")}, true},
    {R"({"k":["a"],"l":["b"]})", {text("k", "a"), text("l", "c")}, false},
    {R"({"k":["a"],"l":["b"]})", {text("k", "a")}, false},
    {R"({"k":[""]})", {text("k", "x")}, false},
    {R"({"k":["\u20ac"]})", {text("k", "\u20ac")}, true},
    // A custom type is a text still.
    {R"({"k":["a"]})", {make("k", "String.lang", "a")}, true},
    // Numbers are compared by value, and only with numbers.
    {R"({"k":[1]})", {number("k", "1")}, true},
    {R"({"k":[1]})", {number("k", "1.0")}, true},
    {R"({"k":[1.5e2]})", {number("k", "150")}, true},
    {R"({"k":[1]})", {text("k", "1")}, false},
    {R"({"k":["1"]})", {number("k", "1")}, false},
    {R"({"k":["1"]})", {text("k", "1")}, true},
    {R"({"k":[1]})", {make("k", "Number.int", "1")}, true},
    // Anything but.
    {R"({"k":[{"anything-but":["a","b"]}]})", {text("k", "c")}, true},
    {R"({"k":[{"anything-but":["a","b"]}]})", {text("k", "b")}, false},
    {R"({"k":[{"anything-but":"a"}]})", {text("k", "a")}, false},
    {R"({"k":[{"anything-but":"a"}]})", {text("k", "b")}, true},
    {R"({"k":[{"anything-but":"a"}]})", {}, false},
    {R"({"k":[{"anything-but":[100,500]}]})", {number("k", "101")}, true},
    {R"({"k":[{"anything-but":[100,500]}]})", {number("k", "100.0")}, false},
    {R"({"k":[{"anything-but":{"prefix":"order-"}}]})", {text("k", "data-entry")}, true},
    {R"({"k":[{"anything-but":{"prefix":"order-"}}]})", {text("k", "order-1")}, false},
    {R"({"k":[{"anything-but":["a"]}]})", {list("k", R"(["a","z"])")}, true}, // one of the values is something else
    {R"({"k":[{"anything-but":["a"]}]})", {list("k", R"(["a"])")}, false},
    // Prefix, suffix, case.
    {R"({"k":[{"prefix":"bas"}]})", {text("k", "baseball")}, true},
    {R"({"k":[{"prefix":"bas"}]})", {text("k", "rugby")}, false},
    {R"({"k":[{"prefix":"bas"}]})", {number("k", "1")}, false},
    {R"({"k":[{"prefix":""}]})", {text("k", "x")}, true},
    {R"({"k":[{"suffix":"ball"}]})", {text("k", "baseball")}, true},
    {R"({"k":[{"suffix":"ball"}]})", {text("k", "ballast")}, false},
    {R"({"k":[{"equals-ignore-case":"tennis"}]})", {text("k", "TENNIS")}, true},
    {R"({"k":[{"equals-ignore-case":"tennis"}]})", {text("k", "tennis2")}, false},
    // Wildcards.
    {R"({"k":[{"wildcard":"*ball"}]})", {text("k", "baseball")}, true},
    {R"({"k":[{"wildcard":"a*z*b"}]})", {text("k", "a-z-b")}, true},
    {R"({"k":[{"wildcard":"a*z*b"}]})", {text("k", "a-b")}, false},
    {R"({"k":[{"wildcard":"a?b"}]})", {text("k", "axb")}, false},
    // Ranges.
    {R"({"k":[{"numeric":["=",301.5]}]})", {number("k", "3.015e2")}, true},
    {R"({"k":[{"numeric":[">",0,"<=",150]}]})", {number("k", "150")}, true},
    {R"({"k":[{"numeric":[">",0,"<=",150]}]})", {number("k", "0")}, false},
    {R"({"k":[{"numeric":[">",0,"<=",150]}]})", {number("k", "151")}, false},
    {R"({"k":[{"numeric":["<",0]}]})", {number("k", "-0.001")}, true},
    {R"({"k":[{"numeric":[">=",5]}]})", {number("k", "5")}, true},
    {R"({"k":[{"numeric":[">=",5]}]})", {text("k", "5")}, false},
    {R"({"k":[{"numeric":["<",0]},{"numeric":[">",10]}]})", {number("k", "11")}, true},
    // Whether it is there.
    {R"({"k":[{"exists":true}]})", {text("k", "x")}, true},
    {R"({"k":[{"exists":true}]})", {}, false},
    {R"({"k":[{"exists":false}]})", {}, true},
    {R"({"k":[{"exists":false}]})", {text("k", "x")}, false},
    {R"({"k":[{"exists":false},"a"]})", {text("k", "a")}, true},
    // Addresses.
    {R"({"k":[{"cidr":"10.0.0.0/24"}]})", {text("k", "10.0.0.255")}, true},
    {R"({"k":[{"cidr":"10.0.0.0/24"}]})", {text("k", "10.1.1.0")}, false},
    {R"({"k":[{"cidr":"2001:db8::/64"}]})", {text("k", "2001:db8::1")}, true},
    {R"({"k":[{"cidr":"10.0.0.0/24"}]})", {text("k", "nonsense")}, false},
    // Lists: one of the values is enough; booleans and null can be in them.
    {R"({"k":["rugby"]})", {list("k", R"(["soccer","rugby"])")}, true},
    {R"({"k":["rugby"]})", {list("k", R"(["soccer"])")}, false},
    {R"({"k":["rugby"]})", {list("k", R"([])")}, false},
    {R"({"k":[100]})", {list("k", R"([1,100])")}, true},
    {R"({"k":[true]})", {list("k", R"([true])")}, true},
    {R"({"k":[true]})", {list("k", R"(["true"])")}, false},
    {R"({"k":[null]})", {list("k", R"([null,1])")}, true},
    {R"({"k":["true"]})", {text("k", "true")}, true},
    {R"({"k":[true]})", {text("k", "true")}, false},
    {R"({"k":["not json"]})", {list("k", "not json")}, true},
    {R"({"k":[{"numeric":[">",5]}]})", {list("k", R"(["a",6])")}, true},
    // Bytes are never compared, but they are there.
    {R"({"k":["a"]})", {make("k", "Binary", "a")}, false},
    {R"({"k":[{"exists":true}]})", {make("k", "Binary", "a")}, true},
    // Or.
    {R"({"s":["x"],"$or":[{"a":["1"]},{"b":["2"]}]})", {text("s", "x"), text("b", "2")}, true},
    {R"({"s":["x"],"$or":[{"a":["1"]},{"b":["2"]}]})", {text("s", "x"), text("a", "1")}, true},
    {R"({"s":["x"],"$or":[{"a":["1"]},{"b":["2"]}]})", {text("s", "x")}, false},
    {R"({"s":["x"],"$or":[{"a":["1"]},{"b":["2"]}]})", {text("b", "2")}, false},
    {R"({"$or":[{"a":["1"],"c":["3"]},{"b":["2"]}]})", {text("a", "1")}, false},
    // With the name of an operator inside, or one object only, it is an attribute.
    {R"({"$or":[{"prefix":"a"},{"suffix":"b"}]})", {text("$or", "axe")}, true},
    {R"({"$or":["a"]})", {text("$or", "a")}, true},
};

} // namespace

TEST_CASE("which messages a filter policy takes") {
    CHECK(cases.size() >= 60);
    for (const filter_case& one : cases) {
        CAPTURE(one.policy);
        for (const attribute& given : one.attributes) CAPTURE(given.value);
        CHECK(filter_policy(one.policy, filter_scope::attributes).matches(one.attributes, "") == one.taken);
    }
}

TEST_CASE("a policy without a text takes everything") {
    CHECK(filter_policy().matches({}, ""));
    CHECK(filter_policy().matches({text("k", "v")}, ""));
}

TEST_CASE("other attributes do not matter, nor their order") {
    const filter_policy policy(R"({"b":["2"]})", filter_scope::attributes);
    CHECK(policy.matches({text("a", "1"), text("b", "2"), text("c", "3")}, ""));
}

TEST_CASE("a deeply nested list is no danger") {
    const filter_policy policy(R"({"k":["a"]})", filter_scope::attributes);
    CHECK_FALSE(policy.matches({list("k", std::string(100'000, '['))}, ""));
}

} // namespace filter_policy_test
