"""What a server answered, in a form that can be compared: what must differ (ids, times, accounts) becomes its form."""
import json
import re

from server import identity

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
ARN = re.compile(r"arn:aws:(sqs|sns):[a-z0-9-]+:\d{12}:")
URL = re.compile(r"^https?://[^/]+/(queue|\d{12})/")
TIMES = ("CreatedTimestamp", "LastModifiedTimestamp")
MESSAGE_TIMES = ("SentTimestamp", "ApproximateFirstReceiveTimestamp")
DOCUMENTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "FilterPolicy", "EffectiveDeliveryPolicy",
             "DeliveryPolicy")


# The name of an error where it is not its code of the Query protocol: some servers answer with the one, some with the other.
SHAPES = {"QueueDoesNotExist": "NonExistentQueue", "QueueNameExists": "QueueAlreadyExists",
          "InvalidParameterValueException": "InvalidParameterValue",
          "MissingRequiredParameterException": "MissingParameter"}


def plain_code(code):
    code = code.removeprefix("AWS.SimpleQueueService.").removeprefix("com.amazonaws.sqs#")
    return SHAPES.get(code, code.removesuffix("Exception"))


def form_of_id(value):
    if not value:
        return "empty"
    return "UUID" if UUID.match(value) else "no UUID"


def form_of_number(value, digits):
    return f"{digits} digits" if re.fullmatch(r"\d{%d}" % digits, str(value)) else f"not {digits} digits"


def without_account(value):
    return URL.sub("URL/", ARN.sub(r"arn:\1:", value)) if isinstance(value, str) else value


def document(text):
    """Its members by path; lists are sets."""
    try:
        return {path: sorted(values) for path, values in flat(json.loads(without_account(text)), {}, "").items()}
    except (ValueError, TypeError):
        return text


def flat(value, into, path):
    if isinstance(value, dict) and value:
        for key, one in value.items():
            flat(one, into, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for one in value:
            flat(one, into, path)
    else:
        into.setdefault(path, []).append(str(value))
    return into


def attributes(given):
    out = {}
    for name, value in given.items():
        if name in TIMES:
            value = form_of_number(value, 10)
        elif name in MESSAGE_TIMES:
            value = form_of_number(value, 13)
        elif name == "SenderId":
            value = "some account" if value and re.fullmatch(r"[A-Za-z0-9:]+", value) else "an address"
        elif name == "SequenceNumber":
            value = form_of_number(value, 20)
        elif name == "Owner":
            value = form_of_number(value, 12)
        elif name in DOCUMENTS:
            value = document(value)
        elif name == "SubscriptionArn":
            value = "some ARN"
        else:
            value = without_account(value)
        out[name] = value
    return out


def message(given):
    out = {}
    for name, value in given.items():
        if name == "MessageId":
            value = form_of_id(value)
        elif name == "ReceiptHandle":
            value = "some handle" if value else "empty"
        elif name == "Attributes":
            value = attributes(value)
        elif name in ("Body", "MD5OfBody"):
            continue
        elif name == "MessageAttributes":
            value = {key: json.dumps({part: str(held) for part, held in one.items()}, sort_keys=True)
                     for key, one in value.items()}
        out[name] = value
    body = given.get("Body", "")
    if identity(given) != body:
        envelope = json.loads(body)
        signed = [name for name in envelope if name.startswith("Sign")]
        out["envelope"] = {name: "some" for name in envelope if name not in signed}
        for name in ("Type", "Message", "Subject"):
            if name in envelope:
                out["envelope"][name] = envelope[name]
        out["envelope"]["MessageAttributes"] = json.dumps(envelope.get("MessageAttributes", {}), sort_keys=True)
        if signed:
            out["envelope"]["Signature, SignatureVersion, SigningCertURL"] = "some"
    return out


def entries(reply):
    """The entries of a batch by id: what was accepted and what was refused."""
    out = {}
    for one in reply.get("Successful", []):
        out[one.get("Id", "")] = {"accepted": True, **members({k: v for k, v in one.items() if k != "Id"})}
    for one in reply.get("Failed", []):
        out[one.get("Id", "")] = {"accepted": False, "Code": plain_code(one.get("Code", "")),
                                  "SenderFault": one.get("SenderFault")}
    return out


def members(reply):
    out = {}
    for name, value in reply.items():
        if name == "ResponseMetadata":
            continue
        if name in ("MessageId",):
            value = form_of_id(value)
        elif name == "SequenceNumber":
            value = form_of_number(value, 20)
        elif name in ("QueueUrl", "TopicArn"):
            value = without_account(value)
        elif name == "SubscriptionArn":
            value = "some ARN"
        elif name in ("QueueUrls", "queueUrls"):
            value = sorted(without_account(url) for url in value)
        elif name == "Attributes":
            value = attributes(value)
        elif name == "Messages":
            value = [(identity(one), one.get("Attributes", {}).get("MessageGroupId", ""), message(one)) for one in value]
        elif name == "Topics":
            value = sorted(without_account(one["TopicArn"]) for one in value)
        elif name == "Subscriptions":
            value = sorted(json.dumps({key: without_account(part) if key in ("TopicArn", "Endpoint", "Protocol")
                                       else "some" for key, part in one.items()}, sort_keys=True) for one in value)
        elif name == "Tags" and isinstance(value, list):
            value = {one["Key"]: one["Value"] for one in value}
        elif name == "NextToken":
            value = "some token"
        out[name] = value
    return out


def wire_of(headers, failed, service):
    """How the reply is dressed, apart from what it says."""
    query_error = headers.get("x-amzn-query-error", "absent")
    out = {"Content-Type": headers.get("content-type", "absent").split(";")[0],
           "x-amzn-RequestId": form_of_id(headers.get("x-amzn-requestid", "")).replace("empty", "absent")}
    if failed and service == "sqs":
        form = "code;Sender" if query_error.endswith(";Sender") else "other form"
        out["x-amzn-query-error"] = "absent" if query_error == "absent" else form
    return out


def normalise(operation, raw):
    reply, error = raw
    if error:
        code, status, headers = error
        if status >= 500:
            return {"ok": False, "summary": f"error {status}", "wire": {}}
        return {"ok": False, "summary": f"{plain_code(code)} ({status})",
                "wire": wire_of(headers, True, operation.service)}
    out = {"ok": True, "summary": "accepted",
           "wire": wire_of(reply["ResponseMetadata"].get("HTTPHeaders", {}), False, operation.service)}
    if operation.name.endswith("Batch"):
        out["entries"] = entries(reply)
    else:
        out["members"] = members(reply)
    return out
