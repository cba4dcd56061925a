// Form, JSON, XML, base64 and MD5.
#include "protocol/base64.hpp"
#include "protocol/form_writer.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/md5.hpp"
#include "protocol/reply_document.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <test_support.hpp>

#include <iostream>
#include <map>

namespace codec_test {

using namespace sluice;
using namespace sluice::protocol;

TEST_CASE("form: every byte") {
    const std::string unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text(1, static_cast<char>(byte));
        std::string out = "k=";
        append_form_encoded(out, text);
        char escape[8];
        std::snprintf(escape, sizeof escape, "%%%02X", byte);
        INFO("byte " << byte);
        CHECK(out == "k=" + (unreserved.find(text) != std::string::npos ? text : std::string(escape)));
    }
}

TEST_CASE("form: members, lists, maps and nested structures") {
    form_writer writer("Do", "2012-11-05");
    writer.text("Text", "a b&c");
    writer.number("Number", -5);
    writer.boolean("Flag", true);
    writer.blob("Blob", std::string("\0\xFF", 2));
    writer.text_list("", "Name", std::vector<std::string>{"x", "y"});
    writer.text_map("", "Attribute", "Name", "Value", std::map<std::string, std::string>{{"k", "v"}});
    const std::vector<named_attribute> inner{named_attribute("n", attribute_value("t"))};
    writer.list("", "Entry", std::vector<int>{7, 8}, [&inner](auto& w, int item) {
        w.number("Id", item);
        w.structure_map("", "MessageAttribute", "Name", "Value", inner,
                        [](auto& v, const attribute_value& value) { v.text("StringValue", value.value()); });
    });
    writer.text_list("", "None.member", std::vector<std::string>{});
    writer.text("Last", "1");
    CHECK(
        std::move(writer).take() ==
        "Action=Do&Version=2012-11-05&Text=a%20b%26c&Number=-5&Flag=true&Blob=AP8%3D&Name.1=x&Name.2=y&Attribute.1."
        "Name=k"
        "&Attribute.1.Value=v&Entry.1.Id=7&Entry.1.MessageAttribute.1.Name=n&Entry.1.MessageAttribute.1.Value."
        "StringValue=t"
        "&Entry.2.Id=8&Entry.2.MessageAttribute.1.Name=n&Entry.2.MessageAttribute.1.Value.StringValue=t&None=&Last=1");
}

TEST_CASE("form: a message waits in hardly more memory than its form is long") {
    for (const bool escaped : {false, true}) {
        std::string body(100'000, 'x');
        for (std::size_t i = 0; escaped && i < body.size(); i += 100) body[i] = '"';
        form_writer writer;
        writer.text("MessageBody", body);
        const std::string form = std::move(writer).take();
        CHECK(form.capacity() < form.size() + 64);
    }
}

TEST_CASE("JSON: the same members") {
    json_writer writer;
    writer.text("Text", "a\"b\n\xC3\xA4");
    writer.number("Number", -5);
    writer.blob("Blob", std::string("\0\xFF", 2));
    writer.text_list("Names", "", std::vector<std::string>{"x", "y"});
    writer.text_list("None", "", std::vector<std::string>{});
    writer.text_map("Attributes", "", "", "", std::map<std::string, std::string>{{"k", "v"}});
    writer.list("Entries", "", std::vector<int>{7}, [](auto& w, int item) { w.number("Id", item); });
    const auto document = nlohmann::json::parse(std::move(writer).take());
    CHECK(document == nlohmann::json::parse(R"({"Text":"a\"b\n\u00e4","Number":-5,"Blob":"AP8=","Names":["x","y"],
                                                "None":[],"Attributes":{"k":"v"},"Entries":[{"Id":7}]})"));
}

TEST_CASE("base64: RFC 4648 and what is not base64") {
    const std::map<std::string, std::string> vectors{{"", ""},
                                                     {"f", "Zg=="},
                                                     {"fo", "Zm8="},
                                                     {"foo", "Zm9v"},
                                                     {"foob", "Zm9vYg=="},
                                                     {"fooba", "Zm9vYmE="},
                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        CHECK(base64_encode(plain) == encoded);
        CHECK(base64_decode(encoded) == plain);
    }
    for (const char* bad : {"A", "AB", "ABC", "A===", "====", "AB=C", " AAA", "AAA\n", "AA A", "AA-_", "AAAA====",
                            "Zg=="
                            "Zg=="}) {
        INFO(bad);
        CHECK_FALSE(base64_decode(bad).has_value());
    }
}

TEST_CASE("XML: prefixes, CDATA, entities, white space, missing elements") {
    pugi::xml_document document;
    REQUIRE(parse_xml(
        document, "<?xml version=\"1.0\"?><n:R xmlns:n=\"u\"><n:A>a &amp; b&#13;&#xA;</n:A><B><![CDATA[<x>]]> y</B><C/>"
                  "<D>  </D><L><member>1</member><member>2</member></L><F>3</F><F>4</F><E>\r\n</E></n:R>"));
    const xml_cursor root(document.document_element());
    CHECK(root.text("A") == "a & b\r\n");
    CHECK(root.text("B") == "<x> y");
    CHECK(root.text("C").empty());
    CHECK(root.has("C"));
    CHECK(root.text("D") == "  ");
    CHECK(root.text("E") == "\r\n");
    CHECK_FALSE(root.has("Z"));
    CHECK(root.text("Z").empty());
    CHECK(root.structure("Z").text("Y").empty());
    std::string items;
    root.list("", "L/member", [&items](const xml_cursor&) { items += "m"; });
    root.list("", "F", [&items](const xml_cursor&) { items += "f"; });
    root.list("", "Nothing/member", [&items](const xml_cursor&) { items += "?"; });
    CHECK(items == "mmff");
}

TEST_CASE("XML and JSON cut anywhere never crash") {
    const std::string xml = "<R><A b='c'>x&amp;y</A><B><![CDATA[z]]></B></R>";
    for (std::size_t size = 0; size < xml.size(); ++size) {
        pugi::xml_document document;
        CHECK_FALSE(parse_xml(document, std::string_view(xml).substr(0, size)));
    }
}

TEST_CASE("JSON cursor: null is missing, numbers read as text") {
    const auto document =
        nlohmann::json::parse(R"({"a":null,"n":5,"t":"x","l":[{"t":"1"},{"t":"2"}],"m":{"k":"v","i":7},"b":true})");
    const json_cursor root(&document);
    CHECK_FALSE(root.has("a"));
    CHECK(root.text("n") == "5");
    CHECK(root.text("l").empty());
    CHECK(root.boolean("b"));
    std::string seen;
    root.list("l", "", [&seen](const json_cursor& item) { seen += item.text("t"); });
    root.text_map("m", "", "", "", [&seen](const std::string& key, const std::string& value) { seen += key + value; });
    root.list("t", "", [&seen](const json_cursor&) { seen += "?"; });
    CHECK(seen == "12i7kv");
}

TEST_CASE("MD5 of attributes: own vector, and the sums of others") {
    if (!md5_available()) {
        test_support::skip("this OpenSSL offers no MD5");
        return;
    }
    CHECK(md5_hex("") == "d41d8cd98f00b204e9800998ecf8427e");
    // Recorded from AWS for the system attribute AWSTraceHeader.
    const std::vector<named_attribute> trace{named_attribute(
        "AWSTraceHeader", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")};
    CHECK(md5_of_attributes(trace) == "5ae4d5d7636402d80f4eb6d213245a88");
    CHECK(md5_of_attributes({}).empty());

    const auto folder = test_support::conformance_dir();
    if (!folder) {
        test_support::skip("the MD5 cases of others are not here (SLUICE_CONFORMANCE_DIR)");
        return;
    }
    const auto file = nlohmann::json::parse(test_support::read_file(*folder / "sqs-md5" / "message-attributes.json"));
    std::size_t ran = 0;
    const auto& cases = file.is_array() ? file : file.at("cases");
    for (const auto& one : cases) {
        std::vector<named_attribute> attributes;
        for (const auto& [name, value] : one.at("attributes").items()) {
            const std::string type = value.at("DataType");
            const bool binary = type.starts_with("Binary");
            std::string bytes;
            if (binary) bytes = base64_decode(value.at("BinaryValue").get<std::string>()).value();
            else bytes = value.at("StringValue").get<std::string>();
            attributes.emplace_back(name, attribute_value::typed(type, bytes));
        }
        INFO(one.dump());
        CHECK(md5_of_attributes(attributes) == one.at("md5").get<std::string>());
        ++ran;
    }
    std::cout << "conformance: " << ran << " MD5 cases\n";
    CHECK(ran >= 24);
}

} // namespace codec_test
