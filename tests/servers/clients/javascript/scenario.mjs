// What checks.txt lists, by the AWS SDK for JavaScript v3. Endpoint, keys and certificates come from the environment.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages are installed elsewhere: the first argument says where.
const from = createRequire(`${process.argv[2]}/`);
const load = (name) => import(pathToFileURL(from.resolve(name)).href);
const SQS = await load("@aws-sdk/client-sqs");
const SNS = await load("@aws-sdk/client-sns");
const STS = await load("@aws-sdk/client-sts");
const version = from("@aws-sdk/client-sqs/package.json").version;

const env = process.env;
const endpoint = env.AWS_ENDPOINT_URL;
const account = "000000000000";
const other = env.OTHER_ACCOUNT;
const settings = { region: env.AWS_REGION, maxAttempts: 1 };
const keys = (accessKeyId, secretAccessKey, sessionToken) => ({
    ...settings,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
});
const sqs = new SQS.SQS(settings);
const sns = new SNS.SNS(settings);
const sts = new STS.STS(settings);
const otherKeys = keys(env.OTHER_ACCESS_KEY_ID, env.OTHER_SECRET_ACCESS_KEY);
const otherSqs = new SQS.SQS(otherKeys);
const otherSns = new SNS.SNS(otherKeys);

const unicode = "grüße €😀 <&>\"'\\ \t\r\n]]>";
const attributes = {
    kind: { DataType: "String", StringValue: "grün" },
    count: { DataType: "Number.int", StringValue: "42" },
    blob: { DataType: "Binary", BinaryValue: new Uint8Array([0, 1, 254, 255]) },
};
const attributesMd5 = env.ATTRIBUTES_MD5;
const url = {};
const topic = {};
const subscription = {};

const md5 = (text) => createHash("md5").update(text).digest("hex");
const arn = (name) => `arn:aws:sqs:us-east-1:${account}:${name}`;
const queue = async (name, attributes = {}) =>
    (await sqs.createQueue({ QueueName: name, Attributes: attributes })).QueueUrl;
const receive = async (at, more = {}) =>
    (await sqs.receiveMessage({ QueueUrl: url[at], MaxNumberOfMessages: 10, ...more })).Messages ?? [];
const remove = (at, message) => sqs.deleteMessage({ QueueUrl: url[at], ReceiptHandle: message.ReceiptHandle });
const take = async (at, more = {}) => {
    const got = await receive(at, more);
    for (const one of got) await remove(at, one);
    return got;
};
const bodies = (messages) => messages.map((one) => one.Body);
const messagesOf = async (at) => (await take(at)).map((one) => JSON.parse(one.Body).Message);
const send = (at, body, more = {}) => sqs.sendMessage({ QueueUrl: url[at], MessageBody: body, ...more });
const entries = (...texts) => texts.map((text, at) => ({ Id: `e${at}`, MessageBody: text }));
// `what` is the class of the exception, or the name of one that has no class.
const fails = async (what, promise, status) => {
    const why = await promise.then(
        () => assert.fail("it succeeded"),
        (error) => error,
    );
    if (typeof what === "string") assert.equal(why.name, what, why.message);
    else assert.ok(why instanceof what, `${why.name}: ${why.message}`);
    if (status) assert.equal(why.$metadata.httpStatusCode, status);
    return why;
};
const letIn = (name, source) =>
    sqs.setQueueAttributes({
        QueueUrl: url[name],
        Attributes: {
            Policy: JSON.stringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Principal: { Service: "sns.amazonaws.com" },
                        Action: "sqs:SendMessage",
                        Resource: "*",
                        Condition: { ArnEquals: { "aws:SourceArn": source } },
                    },
                ],
            }),
        },
    });
const subscribeQueue = async (name, to, attributes = {}) =>
    (await sns.subscribe({ TopicArn: topic[to], Protocol: "sqs", Endpoint: arn(name), Attributes: attributes }))
        .SubscriptionArn;
const setSubscription = (name, attribute, value) =>
    sns.setSubscriptionAttributes({
        SubscriptionArn: subscription[name],
        AttributeName: attribute,
        AttributeValue: value,
    });
const publishWith = (name, type, value) =>
    sns.publish({
        TopicArn: topic.news,
        Message: value,
        MessageAttributes: { [name]: { DataType: type, StringValue: value } },
    });

let batchGot, handle, fifoGot, numbers, deadGot;

const checks = {
    "queue-create": async () => {
        url.plain = await queue("plain", { VisibilityTimeout: "40" });
        assert.equal(url.plain, `${endpoint}/${account}/plain`);
    },
    "queue-create-same": async () => assert.equal(await queue("plain", { VisibilityTimeout: "40" }), url.plain),
    "queue-create-differs": () => fails(SQS.QueueNameExists, queue("plain", { VisibilityTimeout: "41" })),
    "queue-create-bad-name": () => fails("InvalidParameterValue", queue("a b")),
    "queue-url": async () => assert.equal((await sqs.getQueueUrl({ QueueName: "plain" })).QueueUrl, url.plain),
    "queue-url-missing": () => fails(SQS.QueueDoesNotExist, sqs.getQueueUrl({ QueueName: "missing" }), 400),
    "queue-list-pages": async () => {
        const made = [];
        for (const one of "abc") made.push(await queue(`page-${one}`));
        const got = [];
        let pages = 0;
        for await (const page of SQS.paginateListQueues({ client: sqs, pageSize: 1 }, { QueueNamePrefix: "page-" })) {
            ++pages;
            got.push(...page.QueueUrls);
        }
        assert.equal(pages, 3);
        assert.deepEqual(got, made);
    },
    "queue-attributes": async () => {
        await sqs.setQueueAttributes({ QueueUrl: url.plain, Attributes: { VisibilityTimeout: "45" } });
        const got = (await sqs.getQueueAttributes({ QueueUrl: url.plain, AttributeNames: ["All"] })).Attributes;
        assert.equal(got.VisibilityTimeout, "45");
        assert.equal(got.QueueArn, arn("plain"));
        assert.equal(got.MaximumMessageSize, "1048576");
        assert.equal(got.ApproximateNumberOfMessages, "0");
    },
    "queue-attribute-unknown": () =>
        fails(
            SQS.InvalidAttributeName,
            sqs.setQueueAttributes({ QueueUrl: url.plain, Attributes: { Nonsense: "1" } }),
        ),
    "queue-tags": async () => {
        await sqs.tagQueue({ QueueUrl: url.plain, Tags: { team: "billing", cost: "ä&b" } });
        await sqs.untagQueue({ QueueUrl: url.plain, TagKeys: ["team"] });
        assert.deepEqual((await sqs.listQueueTags({ QueueUrl: url.plain })).Tags, { cost: "ä&b" });
    },

    "send-md5": async () => {
        const sent = await send("plain", "hello");
        assert.equal(sent.MD5OfMessageBody, md5("hello"));
        const got = await take("plain");
        assert.deepEqual(
            got.map((one) => [one.Body, one.MessageId]),
            [["hello", sent.MessageId]],
        );
    },
    "send-unicode": async () => {
        await send("plain", unicode);
        assert.deepEqual(bodies(await take("plain")), [unicode]);
    },
    "send-attributes-md5": async () => {
        const sent = await send("plain", "with", { MessageAttributes: attributes });
        assert.equal(sent.MD5OfMessageAttributes, attributesMd5);
    },
    "receive-attributes": async () => {
        const [got] = await receive("plain", { MessageAttributeNames: ["All"], VisibilityTimeout: 0 });
        assert.deepEqual(got.MessageAttributes, attributes);
        assert.equal(got.MD5OfMessageAttributes, attributesMd5);
    },
    "receive-attributes-named": async () => {
        const [got] = await receive("plain", { MessageAttributeNames: ["cou.*"], VisibilityTimeout: 0 });
        assert.deepEqual(got.MessageAttributes, { count: attributes.count });
    },
    "receive-attributes-unasked": async () => {
        const [got] = await take("plain");
        assert.equal(got.MessageAttributes, undefined);
        assert.equal(got.Attributes, undefined);
    },
    "receive-system-attributes": async () => {
        const before = Date.now();
        await send("plain", "system");
        const [{ Attributes: got }] = await take("plain", { MessageSystemAttributeNames: ["All"] });
        assert.equal(got.SenderId, account);
        assert.equal(got.ApproximateReceiveCount, "1");
        assert.ok(Math.abs(Number(got.SentTimestamp) - before) < 60_000);
        assert.ok(Number(got.ApproximateFirstReceiveTimestamp) >= Number(got.SentTimestamp));
    },
    "trace-header": async () => {
        const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        const system = { AWSTraceHeader: { DataType: "String", StringValue: trace } };
        const sent = await send("plain", "traced", { MessageSystemAttributes: system });
        assert.equal(sent.MD5OfMessageSystemAttributes, "5ae4d5d7636402d80f4eb6d213245a88");
        const [got] = await take("plain", { MessageSystemAttributeNames: ["AWSTraceHeader"] });
        assert.deepEqual(got.Attributes, { AWSTraceHeader: trace });
    },
    "visibility-hidden": async () => {
        await send("plain", "seen");
        handle = (await receive("plain"))[0].ReceiptHandle;
        assert.deepEqual(await receive("plain"), []);
    },
    "visibility-zero": async () => {
        await sqs.changeMessageVisibility({ QueueUrl: url.plain, ReceiptHandle: handle, VisibilityTimeout: 0 });
        const [got] = await receive("plain", { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
        assert.equal(got.Attributes.ApproximateReceiveCount, "2");
        handle = got.ReceiptHandle;
    },
    delete: async () => {
        await sqs.deleteMessage({ QueueUrl: url.plain, ReceiptHandle: handle });
        const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        const got = (await sqs.getQueueAttributes({ QueueUrl: url.plain, AttributeNames: names })).Attributes;
        assert.deepEqual(got, Object.fromEntries(names.map((name) => [name, "0"])));
    },
    "receipt-handle-invalid": () =>
        fails(SQS.ReceiptHandleIsInvalid, sqs.deleteMessage({ QueueUrl: url.plain, ReceiptHandle: "garbage" })),
    "send-illegal-character": () => fails(SQS.InvalidMessageContents, send("plain", "a\u0001b")),
    "send-1-mib": async () => {
        const body = "x".repeat(1_048_576);
        await send("plain", body);
        assert.ok(bodies(await take("plain"))[0] === body);
    },
    "send-too-long": () => fails("InvalidParameterValue", send("plain", "x".repeat(1_048_577))),
    "send-missing-queue": () =>
        fails(
            SQS.QueueDoesNotExist,
            sqs.sendMessage({ QueueUrl: `${endpoint}/${account}/missing`, MessageBody: "lost" }),
        ),
    "send-by-host-style-url": async () => {
        // This SDK sends to the host of the queue's URL, whatever endpoint it has: each name leads to the broker here.
        const lookup = (host, options, done) =>
            options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
        const requestHandler = { httpAgent: new http.Agent({ lookup }), httpsAgent: new https.Agent({ lookup }) };
        const anywhere = new SQS.SQS({ ...settings, requestHandler });
        for (const host of ["localhost", "sqs.localhost", "sqs.us-east-1.localhost"]) {
            const styled = endpoint.replace("127.0.0.1", host);
            await anywhere.sendMessage({ QueueUrl: `${styled}/${account}/plain`, MessageBody: host });
            assert.deepEqual(bodies(await take("plain")), [host]);
            const made = await new SQS.SQS({ ...settings, requestHandler, endpoint: styled }).getQueueUrl({
                QueueName: "plain",
            });
            assert.equal(made.QueueUrl, `${styled}/${account}/plain`);
        }
    },
    delay: async () => {
        await send("plain", "much later", { DelaySeconds: 900 });
        assert.deepEqual(await take("plain"), []);
        await send("plain", "later", { DelaySeconds: 1 });
        assert.deepEqual(bodies(await take("plain", { WaitTimeSeconds: 20 })), ["later"]);
    },
    "long-poll-empty": async () => {
        const before = performance.now();
        assert.deepEqual(await receive("plain", { WaitTimeSeconds: 1 }), []);
        assert.ok(performance.now() - before >= 990);
    },
    "long-poll-wakes": async () => {
        const before = performance.now();
        const poll = take("plain", { WaitTimeSeconds: 20 });
        await send("plain", "wake");
        assert.deepEqual(bodies(await poll), ["wake"]);
        assert.ok(performance.now() - before < 15_000);
    },

    "batch-send": async () => {
        url.batch = await queue("batch");
        const sent = await sqs.sendMessageBatch({ QueueUrl: url.batch, Entries: entries("one", "two", "three") });
        assert.deepEqual(sent.Failed ?? [], []);
        assert.deepEqual(
            sent.Successful.map((one) => one.Id),
            ["e0", "e1", "e2"],
        );
        assert.equal(sent.Successful[1].MD5OfMessageBody, md5("two"));
    },
    "batch-receive": async () => {
        batchGot = await receive("batch");
        assert.deepEqual(bodies(batchGot).sort(), ["one", "three", "two"]);
    },
    "batch-visibility": async () => {
        const changes = batchGot.map((one, at) => ({
            Id: `c${at}`,
            ReceiptHandle: one.ReceiptHandle,
            VisibilityTimeout: 0,
        }));
        const answer = await sqs.changeMessageVisibilityBatch({ QueueUrl: url.batch, Entries: changes });
        assert.equal(answer.Successful.length, 3);
        batchGot = await receive("batch");
        assert.equal(batchGot.length, 3);
    },
    "batch-delete": async () => {
        const handles = batchGot.map((one, at) => ({ Id: `d${at}`, ReceiptHandle: one.ReceiptHandle }));
        handles.push({ Id: "bad", ReceiptHandle: "garbage" });
        const answer = await sqs.deleteMessageBatch({ QueueUrl: url.batch, Entries: handles });
        assert.deepEqual(
            answer.Successful.map((one) => one.Id),
            ["d0", "d1", "d2"],
        );
        assert.deepEqual(
            answer.Failed.map((one) => [one.Id, one.Code]),
            [["bad", "ReceiptHandleIsInvalid"]],
        );
    },
    "batch-partial-failure": async () => {
        const answer = await sqs.sendMessageBatch({ QueueUrl: url.batch, Entries: entries("good", "b\u0001d") });
        assert.deepEqual(
            answer.Successful.map((one) => one.Id),
            ["e0"],
        );
        assert.deepEqual(
            answer.Failed.map((one) => [one.Id, one.Code, one.SenderFault]),
            [["e1", "InvalidMessageContents", true]],
        );
        assert.deepEqual(bodies(await take("batch")), ["good"]);
    },
    "batch-empty": () => fails(SQS.EmptyBatchRequest, sqs.sendMessageBatch({ QueueUrl: url.batch, Entries: [] })),
    "batch-too-many": () =>
        fails(
            SQS.TooManyEntriesInBatchRequest,
            sqs.sendMessageBatch({ QueueUrl: url.batch, Entries: entries(..."abcdefghijk") }),
        ),
    "batch-bad-id": () =>
        fails(
            SQS.InvalidBatchEntryId,
            sqs.sendMessageBatch({ QueueUrl: url.batch, Entries: [{ Id: "a b", MessageBody: "x" }] }),
        ),
    "batch-same-ids": () =>
        fails(
            SQS.BatchEntryIdsNotDistinct,
            sqs.sendMessageBatch({ QueueUrl: url.batch, Entries: [...entries("x"), ...entries("y")] }),
        ),
    "batch-too-long": () =>
        fails(
            SQS.BatchRequestTooLong,
            sqs.sendMessageBatch({
                QueueUrl: url.batch,
                Entries: entries("x".repeat(600_000), "y".repeat(600_000)),
            }),
        ),
    purge: async () => {
        await sqs.sendMessageBatch({ QueueUrl: url.batch, Entries: entries("a", "b") });
        await sqs.purgeQueue({ QueueUrl: url.batch });
        assert.deepEqual(await receive("batch"), []);
    },
    "purge-again": () => fails(SQS.PurgeQueueInProgress, sqs.purgeQueue({ QueueUrl: url.batch }), 403),

    "fifo-create": async () => {
        url.fifo = await queue("plain.fifo", { FifoQueue: "true" });
        const names = ["FifoQueue", "ContentBasedDeduplication"];
        const got = await sqs.getQueueAttributes({ QueueUrl: url.fifo, AttributeNames: names });
        assert.deepEqual(got.Attributes, { FifoQueue: "true", ContentBasedDeduplication: "false" });
    },
    "fifo-send": async () => {
        numbers = [];
        for (const body of ["one", "two", "three"]) {
            const more = { MessageGroupId: "g", MessageDeduplicationId: `id-${body}` };
            numbers.push((await send("fifo", body, more)).SequenceNumber);
        }
        assert.ok(BigInt(numbers[0]) < BigInt(numbers[1]) && BigInt(numbers[1]) < BigInt(numbers[2]));
    },
    "fifo-order": async () => {
        fifoGot = await receive("fifo", { MessageSystemAttributeNames: ["All"], ReceiveRequestAttemptId: "first" });
        assert.deepEqual(bodies(fifoGot), ["one", "two", "three"]);
    },
    "fifo-attributes": () => {
        const of = fifoGot[1].Attributes;
        assert.equal(of.MessageGroupId, "g");
        assert.equal(of.MessageDeduplicationId, "id-two");
        assert.equal(of.SequenceNumber, numbers[1]);
    },
    "fifo-attempt": async () => {
        const again = await receive("fifo", { ReceiveRequestAttemptId: "first" });
        assert.deepEqual(
            again.map((one) => one.MessageId),
            fifoGot.map((one) => one.MessageId),
        );
        fifoGot = again;
    },
    "fifo-group-locked": async () => {
        await send("fifo", "four", { MessageGroupId: "g", MessageDeduplicationId: "four" });
        await send("fifo", "other", { MessageGroupId: "h", MessageDeduplicationId: "other" });
        const got = await receive("fifo");
        assert.deepEqual(bodies(got), ["other"]);
        for (const one of [...fifoGot, ...got]) await remove("fifo", one);
        assert.deepEqual(bodies(await take("fifo")), ["four"]);
    },
    "fifo-deduplication": async () => {
        const more = { MessageGroupId: "g", MessageDeduplicationId: "same" };
        const first = await send("fifo", "same", more);
        const second = await send("fifo", "another", more);
        assert.equal(second.MessageId, first.MessageId);
        assert.equal(second.SequenceNumber, first.SequenceNumber);
        assert.deepEqual(bodies(await take("fifo")), ["same"]);
    },
    "fifo-content-deduplication": async () => {
        url.content = await queue("content.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
        const first = await send("content", "x", { MessageGroupId: "g" });
        const second = await send("content", "x", { MessageGroupId: "g" });
        assert.equal(second.MessageId, first.MessageId);
        const [got] = await take("content", { MessageSystemAttributeNames: ["MessageDeduplicationId"] });
        assert.equal(got.Attributes.MessageDeduplicationId, createHash("sha256").update("x").digest("hex"));
    },
    "fifo-no-group": () => fails("MissingParameter", send("content", "x")),
    "fifo-no-deduplication-id": () => fails("InvalidParameterValue", send("fifo", "x", { MessageGroupId: "g" })),

    "dead-letter-move": async () => {
        url.dead = await queue("dead");
        const policy = JSON.stringify({ deadLetterTargetArn: arn("dead"), maxReceiveCount: "1" });
        url.source = await queue("source", { RedrivePolicy: policy });
        await send("source", "poison");
        assert.deepEqual(bodies(await receive("source", { VisibilityTimeout: 0 })), ["poison"]);
        assert.deepEqual(await receive("source"), []);
        deadGot = await receive("dead", { MessageSystemAttributeNames: ["All"], VisibilityTimeout: 0 });
        assert.deepEqual(bodies(deadGot), ["poison"]);
    },
    "dead-letter-source": () => assert.equal(deadGot[0].Attributes.DeadLetterQueueSourceArn, arn("source")),
    "dead-letter-sources": async () =>
        assert.deepEqual((await sqs.listDeadLetterSourceQueues({ QueueUrl: url.dead })).queueUrls, [url.source]),
    "dead-letter-redrive": async () => {
        assert.ok((await sqs.startMessageMoveTask({ SourceArn: arn("dead") })).TaskHandle);
        assert.deepEqual(bodies(await take("source", { WaitTimeSeconds: 20 })), ["poison"]);
        const [task] = (await sqs.listMessageMoveTasks({ SourceArn: arn("dead") })).Results;
        assert.equal(task.Status, "COMPLETED");
        assert.equal(task.ApproximateNumberOfMessagesMoved, 1);
    },

    "topic-create": async () => {
        topic.news = (await sns.createTopic({ Name: "news" })).TopicArn;
        assert.equal(topic.news, `arn:aws:sns:us-east-1:${account}:news`);
        assert.equal((await sns.createTopic({ Name: "news" })).TopicArn, topic.news);
    },
    "topic-attributes": async () => {
        await sns.setTopicAttributes({
            TopicArn: topic.news,
            AttributeName: "DisplayName",
            AttributeValue: "Nü<s>",
        });
        const got = (await sns.getTopicAttributes({ TopicArn: topic.news })).Attributes;
        assert.equal(got.DisplayName, "Nü<s>");
        assert.equal(got.Owner, account);
        assert.equal(got.TopicArn, topic.news);
    },
    subscribe: async () => {
        for (const name of ["wrapped", "raw"]) {
            url[name] = await queue(name);
            await letIn(name, topic.news);
        }
        subscription.wrapped = await subscribeQueue("wrapped", "news");
        subscription.raw = await subscribeQueue("raw", "news", { RawMessageDelivery: "true" });
        const listed = [];
        const of = { TopicArn: topic.news };
        for await (const page of SNS.paginateListSubscriptionsByTopic({ client: sns }, of)) {
            listed.push(...page.Subscriptions.map((one) => one.SubscriptionArn));
        }
        assert.deepEqual(listed.sort(), Object.values(subscription).sort());
    },
    "publish-envelope": async () => {
        const sent = await sns.publish({
            TopicArn: topic.news,
            Message: unicode,
            Subject: "Hi <you>",
            MessageAttributes: attributes,
        });
        const envelope = JSON.parse((await take("wrapped"))[0].Body);
        assert.equal(envelope.Type, "Notification");
        assert.equal(envelope.TopicArn, topic.news);
        assert.equal(envelope.Message, unicode);
        assert.equal(envelope.Subject, "Hi <you>");
        assert.equal(envelope.MessageId, sent.MessageId);
        assert.deepEqual(envelope.MessageAttributes.blob, { Type: "Binary", Value: "AAH+/w==" });
    },
    "publish-raw": async () => {
        const [got] = await take("raw", { MessageAttributeNames: ["All"] });
        assert.equal(got.Body, unicode);
        assert.deepEqual(got.MessageAttributes, attributes);
        assert.equal(got.MD5OfMessageAttributes, attributesMd5);
    },
    "publish-structure": async () => {
        const texts = JSON.stringify({ default: "for all", sqs: "for queues" });
        await sns.publish({ TopicArn: topic.news, Message: texts, MessageStructure: "json" });
        assert.deepEqual(bodies(await take("raw")), ["for queues"]);
        assert.deepEqual(await messagesOf("wrapped"), ["for queues"]);
    },
    "publish-batch": async () => {
        const answer = await sns.publishBatch({
            TopicArn: topic.news,
            PublishBatchRequestEntries: [
                { Id: "a", Message: "A" },
                { Id: "b", Message: "B" },
                { Id: "c", Message: "C", Subject: "new\nline" },
            ],
        });
        assert.deepEqual(
            answer.Successful.map((one) => one.Id),
            ["a", "b"],
        );
        assert.deepEqual(
            answer.Failed.map((one) => [one.Id, one.Code, one.SenderFault]),
            [["c", "InvalidParameter", true]],
        );
        assert.deepEqual(bodies(await take("raw")).sort(), ["A", "B"]);
        assert.deepEqual((await messagesOf("wrapped")).sort(), ["A", "B"]);
    },
    "publish-batch-same-ids": () => {
        const of = [
            { Id: "a", Message: "A" },
            { Id: "a", Message: "B" },
        ];
        return fails(
            SNS.BatchEntryIdsNotDistinctException,
            sns.publishBatch({ TopicArn: topic.news, PublishBatchRequestEntries: of }),
        );
    },
    "publish-missing-topic": () =>
        fails(SNS.NotFoundException, sns.publish({ TopicArn: `${topic.news}-missing`, Message: "x" }), 404),
    "filter-attributes": async () => {
        await setSubscription("wrapped", "FilterPolicy", JSON.stringify({ kind: ["order", { prefix: "inv" }] }));
        for (const kind of ["order", "refund", "invoice"]) await publishWith("kind", "String", kind);
        assert.deepEqual((await messagesOf("wrapped")).sort(), ["invoice", "order"]);
        assert.deepEqual(bodies(await take("raw")).sort(), ["invoice", "order", "refund"]);
    },
    "filter-numbers": async () => {
        const policy = { price: [{ numeric: [">=", 10, "<", 100] }] };
        await setSubscription("wrapped", "FilterPolicy", JSON.stringify(policy));
        for (const price of ["9", "10", "99", "100"]) await publishWith("price", "Number", price);
        assert.deepEqual((await messagesOf("wrapped")).sort(), ["10", "99"]);
        assert.equal((await take("raw")).length, 4);
    },
    "filter-body": async () => {
        await setSubscription("wrapped", "FilterPolicyScope", "MessageBody");
        await setSubscription("wrapped", "FilterPolicy", JSON.stringify({ order: { state: ["paid"] } }));
        for (const state of ["open", "paid"]) {
            await sns.publish({ TopicArn: topic.news, Message: JSON.stringify({ order: { state } }) });
        }
        assert.deepEqual(
            (await messagesOf("wrapped")).map((one) => JSON.parse(one).order.state),
            ["paid"],
        );
        assert.equal((await take("raw")).length, 2);
    },
    "filter-invalid": () =>
        fails(SNS.InvalidParameterException, setSubscription("wrapped", "FilterPolicy", '{"kind": "no list"}')),
    "subscription-dead-letters": async () => {
        url.closed = await queue("closed"); // without a policy: nobody is let in
        await letIn("dead", topic.news);
        await subscribeQueue("closed", "news", {
            RawMessageDelivery: "true",
            RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("dead") }),
        });
        await sns.publish({ TopicArn: topic.news, Message: "refused" });
        assert.deepEqual(bodies(await take("dead")), ["refused"]);
        await take("raw");
    },
    unsubscribe: async () => {
        await sns.unsubscribe({ SubscriptionArn: subscription.raw });
        await sns.publish({ TopicArn: topic.news, Message: "nobody hears" });
        assert.deepEqual(await receive("raw"), []);
    },
    "topic-fifo": async () => {
        topic.fifo = (await sns.createTopic({ Name: "news.fifo", Attributes: { FifoTopic: "true" } })).TopicArn;
        await letIn("fifo", topic.fifo);
        await subscribeQueue("plain.fifo", "fifo", { RawMessageDelivery: "true" });
        const given = [];
        for (const body of ["one", "two"]) {
            const sent = await sns.publish({
                TopicArn: topic.fifo,
                Message: body,
                MessageGroupId: "g",
                MessageDeduplicationId: body,
            });
            given.push(BigInt(sent.SequenceNumber));
        }
        assert.ok(given[0] < given[1]);
        const got = await take("fifo", { MessageSystemAttributeNames: ["MessageGroupId"] });
        assert.deepEqual(
            got.map((one) => [one.Body, one.Attributes.MessageGroupId]),
            [
                ["one", "g"],
                ["two", "g"],
            ],
        );
    },
    "topic-fifo-deduplication": async () => {
        await sns.publish({
            TopicArn: topic.fifo,
            Message: "again",
            MessageGroupId: "g",
            MessageDeduplicationId: "one",
        });
        assert.deepEqual(await receive("fifo"), []);
    },
    "topic-delete": async () => {
        await sns.deleteTopic({ TopicArn: topic.fifo });
        await fails(SNS.NotFoundException, sns.getTopicAttributes({ TopicArn: topic.fifo }));
    },

    identity: async () => {
        const got = await sts.getCallerIdentity({});
        assert.equal(got.Account, account);
        assert.equal(got.Arn, `arn:aws:iam::${account}:root`);
    },
    "assume-role": async () => {
        const role = `arn:aws:iam::${account}:role/worker`;
        const given = (await sts.assumeRole({ RoleArn: role, RoleSessionName: "test" })).Credentials;
        const as = keys(given.AccessKeyId, given.SecretAccessKey, given.SessionToken);
        const who = (await new STS.STS(as).getCallerIdentity({})).Arn;
        assert.equal(who, `arn:aws:sts::${account}:assumed-role/worker/test`);
        assert.equal((await new SQS.SQS(as).getQueueUrl({ QueueName: "plain" })).QueueUrl, url.plain);
    },
    "other-account-url-denied": () =>
        fails(SQS.QueueDoesNotExist, otherSqs.getQueueUrl({ QueueName: "plain", QueueOwnerAWSAccountId: account })),
    "other-account-send-denied": () =>
        fails("AccessDenied", otherSqs.sendMessage({ QueueUrl: url.plain, MessageBody: "x" }), 403),
    "other-account-url": async () => {
        await sqs.addPermission({
            QueueUrl: url.plain,
            Label: "other",
            AWSAccountIds: [other],
            Actions: ["SendMessage", "GetQueueUrl"],
        });
        const got = await otherSqs.getQueueUrl({ QueueName: "plain", QueueOwnerAWSAccountId: account });
        assert.equal(got.QueueUrl, url.plain);
    },
    "other-account-send": async () => {
        await otherSqs.sendMessage({ QueueUrl: url.plain, MessageBody: "from afar" });
        await fails("AccessDenied", otherSqs.receiveMessage({ QueueUrl: url.plain }));
        const [got] = await take("plain", { MessageSystemAttributeNames: ["SenderId"] });
        assert.equal(got.Body, "from afar");
        assert.equal(got.Attributes.SenderId, other);
    },
    "other-account-denied-again": async () => {
        await sqs.removePermission({ QueueUrl: url.plain, Label: "other" });
        await fails("AccessDenied", otherSqs.sendMessage({ QueueUrl: url.plain, MessageBody: "x" }));
    },
    "other-account-topic": async () => {
        const foreign = (await otherSns.createTopic({ Name: "foreign" })).TopicArn;
        assert.equal(foreign, `arn:aws:sns:us-east-1:${other}:foreign`);
        await letIn("plain", foreign);
        await otherSns.subscribe({
            TopicArn: foreign,
            Protocol: "sqs",
            Endpoint: arn("plain"),
            Attributes: { RawMessageDelivery: "true" },
        });
        await otherSns.publish({ TopicArn: foreign, Message: "across" });
        assert.deepEqual(bodies(await take("plain")), ["across"]);
    },
    "wrong-secret": async () => {
        await fails("SignatureDoesNotMatch", new SQS.SQS(keys("test", "wrong")).listQueues({}), 403);
        await fails("SignatureDoesNotMatch", new SNS.SNS(keys("test", "wrong")).listTopics({}), 403);
    },
    "unknown-key": async () => {
        await fails("InvalidClientTokenId", new SQS.SQS(keys("nobody", "test")).listQueues({}), 403);
        await fails("InvalidClientTokenId", new SNS.SNS(keys("nobody", "test")).listTopics({}), 403);
    },
    "queue-delete": async () => {
        await sqs.deleteQueue({ QueueUrl: url.plain });
        await fails(SQS.QueueDoesNotExist, sqs.getQueueUrl({ QueueName: "plain" }));
    },
};

for (const [name, check] of Object.entries(checks)) {
    try {
        await check();
        console.log(`ok ${name}`);
    } catch (why) {
        console.log(`FAILED ${name}: ${`${why.name}: ${why.message}`.replaceAll("\n", " ")}`);
    }
}
console.log(`client javascript ${version}`);
