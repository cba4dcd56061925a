"""Bodies, attributes of messages and names, good and bad, each with the class that it stands for."""

LONG_NAME = "n" * 256


def body(random, number):
    """(class, text): what SQS takes, unlike any other one."""
    kind, text = random.choice([
        ("ASCII", "message {}"), ("ASCII", "order-{}"), ("JSON", '{{"id":{},"of":["a",null,1.5]}}'),
        ("XML characters", "<a b=\"{}\">&amp;'</a>"), ("unicode", "grüße {} – 漢字"), ("beyond the BMP", "{} 😀𝒳"),
        ("white space", "  {} \t\r\n x \n"), ("percent and plus", "100%+{}%20&a=b"), ("highest characters", "{}\ud7ff\ue000\ufffd"),
    ])
    return kind, text.format(number)


def bad_body(random, number):
    return random.choice([
        ("empty body", ""), ("control character in the body", f"a\x01b{number}"), ("NUL in the body", f"{number}\0"),
        ("U+FFFE in the body", f"{number}\ufffe"), ("U+FFFF in the body", f"{number}\uffff"),
        ("escape character in the body", f"\x1b[31m{number}"),
    ])


def string(value, kind="String"):
    return {"DataType": kind, "StringValue": value}


def attributes(random, number):
    """(class, attributes)."""
    return random.choice([
        ("string attribute", {"country": string("DE")}),
        ("number attribute", {"price": string(random.choice(["1", "-2.5", "1e3", "0.1", "12345678901234567890"]), "Number")}),
        ("binary attribute", {"raw": {"DataType": "Binary", "BinaryValue": bytes([0, 255, number % 256])}}),
        ("custom type", {"id": string("x", "String.uuid"), "n": string("7", "Number.int")}),
        ("binary of a custom type", {"raw": {"DataType": "Binary.png", "BinaryValue": b"\x89PNG"}}),
        ("unicode in an attribute", {"name": string("Jürgen 😀")}),
        ("10 attributes", {f"a{i}": string(str(i)) for i in range(10)}),
        ("name with dot, dash, underscore", {"a.b-c_d": string("x")}),
        ("name of 256 characters", {LONG_NAME: string("x")}),
    ])


def bad_attributes(random):
    return random.choice([
        ("11 attributes", {f"a{i}": string(str(i)) for i in range(11)}),
        ("attribute named AWS.x", {"AWS.x": string("x")}),
        ("attribute named amazon.x", {"amazon.x": string("x")}),
        ("attribute name starts with a dot", {".x": string("x")}),
        ("attribute name ends with a dot", {"x.": string("x")}),
        ("attribute name with two dots", {"x..y": string("x")}),
        ("attribute name with a blank", {"x y": string("x")}),
        ("attribute name with an umlaut", {"größe": string("x")}),
        ("attribute name of 257 characters", {LONG_NAME + "n": string("x")}),
        ("empty attribute type", {"x": string("x", "")}),
        ("no attribute type", {"x": {"StringValue": "x"}}),
        ("unknown attribute type", {"x": string("x", "Text")}),
        ("attribute type in lower case", {"x": string("x", "string")}),
        ("Number that is none", {"x": string("many", "Number")}),
        ("empty attribute value", {"x": string("")}),
        ("no attribute value", {"x": {"DataType": "String"}}),
        ("Binary as a string", {"x": {"DataType": "Binary", "StringValue": "x"}}),
        ("String as bytes", {"x": {"DataType": "String", "BinaryValue": b"x"}}),
        ("control character in an attribute", {"x": string("a\x02b")}),
        ("attribute type of 257 characters", {"x": string("x", "String." + "t" * 250)}),
    ])


def bad_id(random):
    return random.choice([("id of 129 characters", "i" * 129), ("empty id", ""), ("id with a blank", "a b"),
                          ("id with an umlaut", "ü")])


def bad_handle(random):
    return random.choice([("handle that is none", "garbage"), ("empty handle", ""), ("handle in base64", "bm9uZQ=="),
                          ("long handle", "A" * 1100)])
