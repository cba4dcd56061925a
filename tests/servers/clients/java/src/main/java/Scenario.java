// What checks.txt lists, by the AWS SDK for Java v2. Endpoint and keys come from the environment.
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.InvalidParameterException;
import software.amazon.awssdk.services.sns.model.NotFoundException;
import software.amazon.awssdk.services.sns.model.PublishBatchRequestEntry;
import software.amazon.awssdk.services.sns.model.PublishRequest;
import software.amazon.awssdk.services.sns.model.PublishResponse;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.*;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

public class Scenario {
    static final String ACCOUNT = "000000000000";
    static final String UNICODE = "grüße €😀 <&>\"'\\ \t\r\n]]>";
    static final String MISSING = "AWS.SimpleQueueService.NonExistentQueue";
    static final String ENDPOINT = System.getenv("AWS_ENDPOINT_URL");
    static final String OTHER = System.getenv("OTHER_ACCOUNT");
    static final String ATTRIBUTES_MD5 = System.getenv("ATTRIBUTES_MD5");

    static final AwsCredentials OWN =
            AwsBasicCredentials.create(System.getenv("AWS_ACCESS_KEY_ID"), System.getenv("AWS_SECRET_ACCESS_KEY"));
    static final AwsCredentials OTHERS =
            AwsBasicCredentials.create(System.getenv("OTHER_ACCESS_KEY_ID"), System.getenv("OTHER_SECRET_ACCESS_KEY"));
    static final SqsClient sqs = as(SqsClient.builder(), OWN);
    static final SnsClient sns = as(SnsClient.builder(), OWN);
    static final StsClient sts = as(StsClient.builder(), OWN);
    static final SqsClient otherSqs = as(SqsClient.builder(), OTHERS);
    static final SnsClient otherSns = as(SnsClient.builder(), OTHERS);

    static final Map<String, MessageAttributeValue> ATTRIBUTES = Map.of(
            "kind", attribute("String", "grün"),
            "count", attribute("Number.int", "42"),
            "blob", MessageAttributeValue.builder().dataType("Binary")
                    .binaryValue(SdkBytes.fromByteArray(new byte[] {0, 1, (byte) 254, (byte) 255})).build());

    static final Map<String, String> url = new HashMap<>();
    static final Map<String, String> topic = new HashMap<>();
    static final Map<String, String> subscription = new HashMap<>();
    static final Map<String, String> RAW = Map.of("RawMessageDelivery", "true");

    interface Check {
        void run() throws Exception;
    }

    static <B extends AwsClientBuilder<B, C>, C> C as(B builder, AwsCredentials keys) {
        return builder.credentialsProvider(StaticCredentialsProvider.create(keys))
                .overrideConfiguration(all -> all.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
    }

    static void check(String name, Check body) {
        try {
            body.run();
            System.out.println("ok " + name);
        } catch (Throwable why) {
            String at = "";
            for (StackTraceElement one : why.getStackTrace()) {
                if (one.getClassName().equals("Scenario") && !one.getMethodName().matches("equal|holds|fails|take|receive")) {
                    at = "line " + one.getLineNumber() + ": ";
                    break;
                }
            }
            System.out.println("FAILED " + name + ": " + at + why.toString().replaceAll("\\s+", " "));
        }
    }

    static void equal(Object what, Object wanted) {
        if (!Objects.equals(what, wanted)) throw new AssertionError(what + " instead of " + wanted);
    }

    static void holds(boolean what) {
        equal(what, true);
    }

    static AwsServiceException fails(Class<? extends AwsServiceException> type, String code, Check call) throws Exception {
        try {
            call.run();
        } catch (AwsServiceException refused) {
            equal(refused.awsErrorDetails().errorCode(), code);
            if (!type.isInstance(refused)) throw new AssertionError(refused.getClass() + " instead of " + type);
            return refused;
        }
        throw new AssertionError("it succeeded");
    }

    static AwsServiceException fails(String code, Check call) throws Exception {
        return fails(AwsServiceException.class, code, call);
    }

    static MessageAttributeValue attribute(String type, String value) {
        return MessageAttributeValue.builder().dataType(type).stringValue(value).build();
    }

    static String arn(String name) {
        return "arn:aws:sqs:us-east-1:" + ACCOUNT + ":" + name;
    }

    static String queue(String name, Map<String, String> attributes) {
        return sqs.createQueue(of -> of.queueName(name).attributesWithStrings(attributes)).queueUrl();
    }

    static List<Message> receive(String name, Consumer<ReceiveMessageRequest.Builder> how) {
        return sqs.receiveMessage(of -> how.accept(of.queueUrl(url.get(name)).maxNumberOfMessages(10))).messages();
    }

    static List<Message> receive(String name) {
        return receive(name, of -> {});
    }

    static void remove(String name, Message one) {
        sqs.deleteMessage(of -> of.queueUrl(url.get(name)).receiptHandle(one.receiptHandle()));
    }

    static List<Message> take(String name, Consumer<ReceiveMessageRequest.Builder> how) {
        List<Message> got = receive(name, how);
        got.forEach(one -> remove(name, one));
        return got;
    }

    static List<Message> take(String name) {
        return take(name, of -> {});
    }

    static Map<MessageSystemAttributeName, String> takeAsking(String name, MessageSystemAttributeName what) {
        return take(name, of -> of.messageSystemAttributeNames(what)).get(0).attributes();
    }

    static List<String> bodies(List<Message> messages) {
        return messages.stream().map(Message::body).toList();
    }

    static List<String> sorted(List<String> texts) {
        return texts.stream().sorted().toList();
    }

    static List<Map<String, JsonNode>> envelopes(String name) {
        return take(name).stream().map(one -> JsonNode.parser().parse(one.body()).asObject()).toList();
    }

    static List<String> messagesOf(String name) {
        return sorted(envelopes(name).stream().map(one -> one.get("Message").asString()).toList());
    }

    static SendMessageResponse send(String name, String body, Consumer<SendMessageRequest.Builder> how) {
        return sqs.sendMessage(of -> how.accept(of.queueUrl(url.get(name)).messageBody(body)));
    }

    static SendMessageResponse send(String name, String body) {
        return send(name, body, of -> {});
    }

    static SendMessageResponse sendInGroup(String body, String group, String id) {
        return send("fifo", body, of -> of.messageGroupId(group).messageDeduplicationId(id));
    }

    static SendMessageBatchRequestEntry entry(String id, String body) {
        return SendMessageBatchRequestEntry.builder().id(id).messageBody(body).build();
    }

    static List<SendMessageBatchRequestEntry> entries(String... texts) {
        List<SendMessageBatchRequestEntry> all = new ArrayList<>();
        for (String text : texts) all.add(entry("e" + all.size(), text));
        return all;
    }

    static SendMessageBatchResponse sendBatch(List<SendMessageBatchRequestEntry> entries) {
        return sqs.sendMessageBatch(of -> of.queueUrl(url.get("batch")).entries(entries));
    }

    static Map<String, String> attributesOf(String name, QueueAttributeName... names) {
        return sqs.getQueueAttributes(of -> of.queueUrl(url.get(name)).attributeNames(names)).attributesAsStrings();
    }

    static void setAttributes(String name, Map<String, String> attributes) {
        sqs.setQueueAttributes(of -> of.queueUrl(url.get(name)).attributesWithStrings(attributes));
    }

    static String hash(String algorithm, String text) throws Exception {
        byte[] sum = MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(sum);
    }

    static void checkQueues() {
        Map<String, String> of40 = Map.of("VisibilityTimeout", "40");
        check("queue-create", () -> {
            url.put("plain", queue("plain", of40));
            equal(url.get("plain"), ENDPOINT + "/" + ACCOUNT + "/plain");
        });
        check("queue-create-same", () -> equal(queue("plain", of40), url.get("plain")));
        check("queue-create-differs", () -> fails(QueueNameExistsException.class, "QueueAlreadyExists",
                () -> queue("plain", Map.of("VisibilityTimeout", "41"))));
        check("queue-create-bad-name", () -> fails("InvalidParameterValue", () -> queue("a b", Map.of())));
        check("queue-url", () -> equal(sqs.getQueueUrl(of -> of.queueName("plain")).queueUrl(), url.get("plain")));
        check("queue-url-missing", () -> {
            AwsServiceException why = fails(QueueDoesNotExistException.class, MISSING,
                    () -> sqs.getQueueUrl(of -> of.queueName("missing")));
            equal(why.statusCode(), 400);
        });
        check("queue-list-pages", () -> {
            List<String> made = List.of(queue("page-a", Map.of()), queue("page-b", Map.of()), queue("page-c", Map.of()));
            List<String> got = new ArrayList<>();
            int pages = 0;
            for (ListQueuesResponse page : sqs.listQueuesPaginator(of -> of.queueNamePrefix("page-").maxResults(1))) {
                got.addAll(page.queueUrls());
                ++pages;
            }
            equal(pages, 3);
            equal(got, made);
        });
        check("queue-attributes", () -> {
            setAttributes("plain", Map.of("VisibilityTimeout", "45"));
            Map<String, String> got = attributesOf("plain", QueueAttributeName.ALL);
            equal(got.get("VisibilityTimeout"), "45");
            equal(got.get("QueueArn"), arn("plain"));
            equal(got.get("MaximumMessageSize"), "1048576");
            equal(got.get("ApproximateNumberOfMessages"), "0");
        });
        check("queue-attribute-unknown", () -> fails(InvalidAttributeNameException.class, "InvalidAttributeName",
                () -> setAttributes("plain", Map.of("Nonsense", "1"))));
        check("queue-tags", () -> {
            sqs.tagQueue(of -> of.queueUrl(url.get("plain")).tags(Map.of("team", "billing", "cost", "ä&b")));
            sqs.untagQueue(of -> of.queueUrl(url.get("plain")).tagKeys("team"));
            equal(sqs.listQueueTags(of -> of.queueUrl(url.get("plain"))).tags(), Map.of("cost", "ä&b"));
        });
    }

    static Message seen;

    static void checkMessages() {
        check("send-md5", () -> {
            SendMessageResponse sent = send("plain", "hello");
            equal(sent.md5OfMessageBody(), hash("MD5", "hello"));
            List<Message> got = take("plain");
            equal(bodies(got), List.of("hello"));
            equal(got.get(0).messageId(), sent.messageId());
        });
        check("send-unicode", () -> {
            send("plain", UNICODE);
            equal(bodies(take("plain")), List.of(UNICODE));
        });
        check("send-attributes-md5", () -> equal(
                send("plain", "with", of -> of.messageAttributes(ATTRIBUTES)).md5OfMessageAttributes(), ATTRIBUTES_MD5));
        check("receive-attributes", () -> {
            Message got = receive("plain", of -> of.messageAttributeNames("All").visibilityTimeout(0)).get(0);
            equal(got.messageAttributes(), ATTRIBUTES);
            equal(got.md5OfMessageAttributes(), ATTRIBUTES_MD5);
        });
        check("receive-attributes-named", () -> {
            Message got = receive("plain", of -> of.messageAttributeNames("cou.*").visibilityTimeout(0)).get(0);
            equal(got.messageAttributes(), Map.of("count", ATTRIBUTES.get("count")));
        });
        check("receive-attributes-unasked", () -> {
            Message got = take("plain").get(0);
            holds(!got.hasMessageAttributes() && !got.hasAttributes());
        });
        check("receive-system-attributes", () -> {
            long before = System.currentTimeMillis();
            send("plain", "system");
            Map<MessageSystemAttributeName, String> got = takeAsking("plain", MessageSystemAttributeName.ALL);
            equal(got.get(MessageSystemAttributeName.SENDER_ID), ACCOUNT);
            equal(got.get(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT), "1");
            long sent = Long.parseLong(got.get(MessageSystemAttributeName.SENT_TIMESTAMP));
            holds(Math.abs(sent - before) < 60_000);
            holds(Long.parseLong(got.get(MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP)) >= sent);
        });
        check("trace-header", () -> {
            String trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
            SendMessageResponse sent = send("plain", "traced", of -> of.messageSystemAttributes(Map.of(
                    MessageSystemAttributeNameForSends.AWS_TRACE_HEADER,
                    MessageSystemAttributeValue.builder().dataType("String").stringValue(trace).build())));
            equal(sent.md5OfMessageSystemAttributes(), "5ae4d5d7636402d80f4eb6d213245a88");
            equal(takeAsking("plain", MessageSystemAttributeName.AWS_TRACE_HEADER),
                    Map.of(MessageSystemAttributeName.AWS_TRACE_HEADER, trace));
        });
        check("visibility-hidden", () -> {
            send("plain", "seen");
            seen = receive("plain").get(0);
            equal(receive("plain"), List.of());
        });
        check("visibility-zero", () -> {
            sqs.changeMessageVisibility(
                    of -> of.queueUrl(url.get("plain")).receiptHandle(seen.receiptHandle()).visibilityTimeout(0));
            MessageSystemAttributeName count = MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT;
            seen = receive("plain", of -> of.messageSystemAttributeNames(count)).get(0);
            equal(seen.attributes().get(count), "2");
        });
        check("delete", () -> {
            remove("plain", seen);
            equal(attributesOf("plain", QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE),
                    Map.of("ApproximateNumberOfMessages", "0", "ApproximateNumberOfMessagesNotVisible", "0"));
        });
        check("receipt-handle-invalid", () -> fails(ReceiptHandleIsInvalidException.class, "ReceiptHandleIsInvalid",
                () -> sqs.deleteMessage(of -> of.queueUrl(url.get("plain")).receiptHandle("garbage"))));
        check("send-illegal-character", () -> fails(InvalidMessageContentsException.class, "InvalidMessageContents",
                () -> send("plain", "a\u0001b")));
        check("send-1-mib", () -> {
            String body = "x".repeat(1_048_576);
            send("plain", body);
            holds(bodies(take("plain")).equals(List.of(body)));
        });
        check("send-too-long", () -> fails("InvalidParameterValue", () -> send("plain", "x".repeat(1_048_577))));
        check("send-missing-queue", () -> {
            url.put("missing", ENDPOINT + "/" + ACCOUNT + "/missing");
            fails(QueueDoesNotExistException.class, MISSING, () -> send("missing", "lost"));
        });
        check("send-by-host-style-url", () -> {
            for (String host : List.of("queue.amazonaws.com", "us-east-1.queue.amazonaws.com", "sqs.us-east-1.amazonaws.com")) {
                url.put("styled", "https://" + host + "/" + ACCOUNT + "/plain");
                send("styled", host);
                equal(bodies(take("plain")), List.of(host));
            }
        });
        check("delay", () -> {
            send("plain", "much later", of -> of.delaySeconds(900));
            equal(receive("plain"), List.of());
            send("plain", "later", of -> of.delaySeconds(1));
            equal(bodies(take("plain", of -> of.waitTimeSeconds(20))), List.of("later"));
        });
        check("long-poll-empty", () -> {
            long before = System.nanoTime();
            equal(receive("plain", of -> of.waitTimeSeconds(1)), List.of());
            holds(System.nanoTime() - before >= 990_000_000L);
        });
        check("long-poll-wakes", () -> {
            long before = System.nanoTime();
            CompletableFuture<List<Message>> poll =
                    CompletableFuture.supplyAsync(() -> take("plain", of -> of.waitTimeSeconds(20)));
            send("plain", "wake");
            equal(bodies(poll.get()), List.of("wake"));
            holds(System.nanoTime() - before < 15_000_000_000L);
        });
    }

    static List<Message> batch;

    static void batchFails(Class<? extends AwsServiceException> type, String code, List<SendMessageBatchRequestEntry> of)
            throws Exception {
        fails(type, "AWS.SimpleQueueService." + code, () -> sendBatch(of));
    }

    static void checkBatches() {
        check("batch-send", () -> {
            url.put("batch", queue("batch", Map.of()));
            SendMessageBatchResponse sent = sendBatch(entries("one", "two", "three"));
            equal(sent.failed(), List.of());
            equal(sent.successful().stream().map(one -> one.id()).toList(), List.of("e0", "e1", "e2"));
            equal(sent.successful().get(1).md5OfMessageBody(), hash("MD5", "two"));
        });
        check("batch-receive", () -> {
            batch = receive("batch");
            equal(sorted(bodies(batch)), List.of("one", "three", "two"));
        });
        check("batch-visibility", () -> {
            List<ChangeMessageVisibilityBatchRequestEntry> changes = batch.stream().map(
                    one -> ChangeMessageVisibilityBatchRequestEntry.builder().id("c" + batch.indexOf(one))
                            .receiptHandle(one.receiptHandle()).visibilityTimeout(0).build()).toList();
            equal(sqs.changeMessageVisibilityBatch(of -> of.queueUrl(url.get("batch")).entries(changes)).successful().size(), 3);
            batch = receive("batch");
            equal(batch.size(), 3);
        });
        check("batch-delete", () -> {
            List<DeleteMessageBatchRequestEntry> all = new ArrayList<>();
            for (Message one : batch) {
                all.add(DeleteMessageBatchRequestEntry.builder().id("d" + all.size()).receiptHandle(one.receiptHandle()).build());
            }
            all.add(DeleteMessageBatchRequestEntry.builder().id("bad").receiptHandle("garbage").build());
            DeleteMessageBatchResponse answer = sqs.deleteMessageBatch(of -> of.queueUrl(url.get("batch")).entries(all));
            equal(answer.successful().stream().map(one -> one.id()).toList(), List.of("d0", "d1", "d2"));
            equal(answer.failed().stream().map(one -> one.id() + " " + one.code()).toList(), List.of("bad ReceiptHandleIsInvalid"));
        });
        check("batch-partial-failure", () -> {
            SendMessageBatchResponse answer = sendBatch(entries("good", "b\u0001d"));
            equal(answer.successful().stream().map(one -> one.id()).toList(), List.of("e0"));
            equal(answer.failed().stream().map(one -> one.id() + " " + one.code() + " " + one.senderFault()).toList(),
                    List.of("e1 InvalidMessageContents true"));
            equal(bodies(take("batch")), List.of("good"));
        });
        check("batch-empty", () -> batchFails(EmptyBatchRequestException.class, "EmptyBatchRequest", entries()));
        check("batch-too-many", () -> batchFails(TooManyEntriesInBatchRequestException.class,
                "TooManyEntriesInBatchRequest", entries("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")));
        check("batch-bad-id", () -> batchFails(InvalidBatchEntryIdException.class, "InvalidBatchEntryId",
                List.of(entry("a b", "x"))));
        check("batch-same-ids", () -> batchFails(BatchEntryIdsNotDistinctException.class, "BatchEntryIdsNotDistinct",
                List.of(entry("a", "x"), entry("a", "y"))));
        check("batch-too-long", () -> batchFails(BatchRequestTooLongException.class, "BatchRequestTooLong",
                entries("x".repeat(600_000), "y".repeat(600_000))));
        check("purge", () -> {
            sendBatch(entries("a", "b"));
            sqs.purgeQueue(of -> of.queueUrl(url.get("batch")));
            equal(receive("batch"), List.of());
        });
        check("purge-again", () -> {
            AwsServiceException why = fails(PurgeQueueInProgressException.class,
                    "AWS.SimpleQueueService.PurgeQueueInProgress", () -> sqs.purgeQueue(of -> of.queueUrl(url.get("batch"))));
            equal(why.statusCode(), 403);
        });
    }

    static final List<String> numbers = new ArrayList<>();
    static List<Message> ordered;

    static void checkFifo() {
        check("fifo-create", () -> {
            url.put("fifo", queue("plain.fifo", Map.of("FifoQueue", "true")));
            equal(attributesOf("fifo", QueueAttributeName.FIFO_QUEUE, QueueAttributeName.CONTENT_BASED_DEDUPLICATION),
                    Map.of("FifoQueue", "true", "ContentBasedDeduplication", "false"));
        });
        check("fifo-send", () -> {
            for (String body : List.of("one", "two", "three")) {
                numbers.add(sendInGroup(body, "g", "id-" + body).sequenceNumber());
            }
            equal(sorted(numbers), numbers);
            equal(Set.copyOf(numbers).size(), 3);
        });
        check("fifo-order", () -> {
            ordered = receive("fifo", of -> of.messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                    .receiveRequestAttemptId("first"));
            equal(bodies(ordered), List.of("one", "two", "three"));
        });
        check("fifo-attributes", () -> {
            Map<MessageSystemAttributeName, String> of = ordered.get(1).attributes();
            equal(of.get(MessageSystemAttributeName.MESSAGE_GROUP_ID), "g");
            equal(of.get(MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID), "id-two");
            equal(of.get(MessageSystemAttributeName.SEQUENCE_NUMBER), numbers.get(1));
        });
        check("fifo-attempt", () -> {
            List<Message> again = receive("fifo", of -> of.receiveRequestAttemptId("first"));
            equal(again.stream().map(Message::messageId).toList(), ordered.stream().map(Message::messageId).toList());
            ordered = again;
        });
        check("fifo-group-locked", () -> {
            sendInGroup("four", "g", "four");
            sendInGroup("other", "h", "other");
            List<Message> unlocked = receive("fifo");
            equal(bodies(unlocked), List.of("other"));
            ordered.forEach(one -> remove("fifo", one));
            unlocked.forEach(one -> remove("fifo", one));
            equal(bodies(take("fifo")), List.of("four"));
        });
        check("fifo-deduplication", () -> {
            SendMessageResponse first = sendInGroup("same", "g", "same");
            SendMessageResponse second = sendInGroup("another", "g", "same");
            equal(second.messageId(), first.messageId());
            equal(second.sequenceNumber(), first.sequenceNumber());
            equal(bodies(take("fifo")), List.of("same"));
        });
        check("fifo-content-deduplication", () -> {
            url.put("content", queue("content.fifo", Map.of("FifoQueue", "true", "ContentBasedDeduplication", "true")));
            SendMessageResponse first = send("content", "x", of -> of.messageGroupId("g"));
            SendMessageResponse second = send("content", "x", of -> of.messageGroupId("g"));
            equal(second.messageId(), first.messageId());
            MessageSystemAttributeName id = MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID;
            equal(takeAsking("content", id).get(id), hash("SHA-256", "x"));
        });
        check("fifo-no-group", () -> fails("MissingParameter", () -> send("content", "x")));
        check("fifo-no-deduplication-id",
                () -> fails("InvalidParameterValue", () -> send("fifo", "x", of -> of.messageGroupId("g"))));
    }

    static List<Message> dead;

    static void checkDeadLetters() {
        check("dead-letter-move", () -> {
            url.put("dead", queue("dead", Map.of()));
            String policy = "{\"deadLetterTargetArn\":\"" + arn("dead") + "\",\"maxReceiveCount\":\"1\"}";
            url.put("source", queue("source", Map.of("RedrivePolicy", policy)));
            send("source", "poison");
            equal(bodies(receive("source", of -> of.visibilityTimeout(0))), List.of("poison"));
            equal(receive("source"), List.of());
            dead = receive("dead", of -> of.messageSystemAttributeNames(MessageSystemAttributeName.ALL).visibilityTimeout(0));
            equal(bodies(dead), List.of("poison"));
        });
        check("dead-letter-source", () -> equal(
                dead.get(0).attributes().get(MessageSystemAttributeName.DEAD_LETTER_QUEUE_SOURCE_ARN), arn("source")));
        check("dead-letter-sources", () -> equal(
                sqs.listDeadLetterSourceQueues(of -> of.queueUrl(url.get("dead"))).queueUrls(), List.of(url.get("source"))));
        check("dead-letter-redrive", () -> {
            holds(!sqs.startMessageMoveTask(of -> of.sourceArn(arn("dead"))).taskHandle().isEmpty());
            equal(bodies(take("source", of -> of.waitTimeSeconds(20))), List.of("poison"));
            ListMessageMoveTasksResultEntry task = sqs.listMessageMoveTasks(of -> of.sourceArn(arn("dead"))).results().get(0);
            equal(task.status(), "COMPLETED");
            equal(task.approximateNumberOfMessagesMoved(), 1L);
        });
    }

    static void letIn(String name, String source) {
        setAttributes(name, Map.of("Policy", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                + "\"Principal\":{\"Service\":\"sns.amazonaws.com\"},\"Action\":\"sqs:SendMessage\",\"Resource\":\"*\","
                + "\"Condition\":{\"ArnEquals\":{\"aws:SourceArn\":\"" + source + "\"}}}]}"));
    }

    static String subscribe(String name, String to, Map<String, String> attributes) {
        return sns.subscribe(of -> of.topicArn(topic.get(to)).protocol("sqs").endpoint(arn(name)).attributes(attributes))
                .subscriptionArn();
    }

    static void setSubscription(String name, String attribute, String value) {
        sns.setSubscriptionAttributes(
                of -> of.subscriptionArn(subscription.get(name)).attributeName(attribute).attributeValue(value));
    }

    static PublishResponse publish(String message, Consumer<PublishRequest.Builder> how) {
        return sns.publish(of -> how.accept(of.topicArn(topic.get("news")).message(message)));
    }

    static PublishResponse publishInGroup(String message, String id) {
        return publish(message, of -> of.topicArn(topic.get("fifo")).messageGroupId("g").messageDeduplicationId(id));
    }

    static software.amazon.awssdk.services.sns.model.MessageAttributeValue ofTopic(MessageAttributeValue one) {
        return software.amazon.awssdk.services.sns.model.MessageAttributeValue.builder().dataType(one.dataType())
                .stringValue(one.stringValue()).binaryValue(one.binaryValue()).build();
    }

    static void publishWith(String name, String type, String... values) {
        for (String value : values) {
            publish(value, of -> of.messageAttributes(Map.of(name, ofTopic(attribute(type, value)))));
        }
    }

    static void checkTopics() {
        check("topic-create", () -> {
            topic.put("news", sns.createTopic(of -> of.name("news")).topicArn());
            equal(topic.get("news"), "arn:aws:sns:us-east-1:" + ACCOUNT + ":news");
            equal(sns.createTopic(of -> of.name("news")).topicArn(), topic.get("news"));
        });
        check("topic-attributes", () -> {
            sns.setTopicAttributes(
                    of -> of.topicArn(topic.get("news")).attributeName("DisplayName").attributeValue("Nü<s>"));
            Map<String, String> got = sns.getTopicAttributes(of -> of.topicArn(topic.get("news"))).attributes();
            equal(List.of(got.get("DisplayName"), got.get("Owner"), got.get("TopicArn")),
                    List.of("Nü<s>", ACCOUNT, topic.get("news")));
        });
        check("subscribe", () -> {
            for (String name : List.of("wrapped", "raw")) {
                url.put(name, queue(name, Map.of()));
                letIn(name, topic.get("news"));
            }
            subscription.put("wrapped", subscribe("wrapped", "news", Map.of()));
            subscription.put("raw", subscribe("raw", "news", RAW));
            List<String> listed = sns.listSubscriptionsByTopicPaginator(of -> of.topicArn(topic.get("news")))
                    .subscriptions().stream().map(one -> one.subscriptionArn()).toList();
            equal(sorted(listed), sorted(List.copyOf(subscription.values())));
        });
        check("publish-envelope", () -> {
            Map<String, software.amazon.awssdk.services.sns.model.MessageAttributeValue> attributes = new HashMap<>();
            ATTRIBUTES.forEach((name, one) -> attributes.put(name, ofTopic(one)));
            PublishResponse sent = publish(UNICODE, of -> of.subject("Hi <you>").messageAttributes(attributes));
            Map<String, JsonNode> got = envelopes("wrapped").get(0);
            equal(got.get("Type").asString(), "Notification");
            equal(got.get("TopicArn").asString(), topic.get("news"));
            equal(got.get("Message").asString(), UNICODE);
            equal(got.get("Subject").asString(), "Hi <you>");
            equal(got.get("MessageId").asString(), sent.messageId());
            Map<String, JsonNode> blob = got.get("MessageAttributes").asObject().get("blob").asObject();
            equal(blob.get("Type").asString() + blob.get("Value").asString(), "BinaryAAH+/w==");
        });
        check("publish-raw", () -> {
            Message got = take("raw", of -> of.messageAttributeNames("All")).get(0);
            equal(got.body(), UNICODE);
            equal(got.messageAttributes(), ATTRIBUTES);
            equal(got.md5OfMessageAttributes(), ATTRIBUTES_MD5);
        });
        check("publish-structure", () -> {
            publish("{\"default\":\"for all\",\"sqs\":\"for queues\"}", of -> of.messageStructure("json"));
            equal(bodies(take("raw")), List.of("for queues"));
            equal(messagesOf("wrapped"), List.of("for queues"));
        });
        check("publish-batch", () -> {
            var answer = publishBatch(topicEntry("a", "A", null), topicEntry("b", "B", null), topicEntry("c", "C", "new\nline"));
            equal(answer.successful().stream().map(one -> one.id()).toList(), List.of("a", "b"));
            equal(answer.failed().stream().map(one -> one.id() + " " + one.code() + " " + one.senderFault()).toList(),
                    List.of("c InvalidParameter true"));
            equal(sorted(bodies(take("raw"))), List.of("A", "B"));
            equal(messagesOf("wrapped"), List.of("A", "B"));
        });
        check("publish-batch-same-ids",
                () -> fails(software.amazon.awssdk.services.sns.model.BatchEntryIdsNotDistinctException.class,
                        "BatchEntryIdsNotDistinct",
                        () -> publishBatch(topicEntry("a", "A", null), topicEntry("a", "B", null))));
        check("publish-missing-topic", () -> {
            AwsServiceException why = fails(NotFoundException.class, "NotFound",
                    () -> publish("x", of -> of.topicArn(topic.get("news") + "-missing")));
            equal(why.statusCode(), 404);
        });
    }

    static PublishBatchRequestEntry topicEntry(String id, String message, String subject) {
        return PublishBatchRequestEntry.builder().id(id).message(message).subject(subject).build();
    }

    static software.amazon.awssdk.services.sns.model.PublishBatchResponse publishBatch(PublishBatchRequestEntry... entries) {
        return sns.publishBatch(of -> of.topicArn(topic.get("news")).publishBatchRequestEntries(Arrays.asList(entries)));
    }

    static void checkFilters() {
        check("filter-attributes", () -> {
            setSubscription("wrapped", "FilterPolicy", "{\"kind\":[\"order\",{\"prefix\":\"inv\"}]}");
            publishWith("kind", "String", "order", "refund", "invoice");
            equal(messagesOf("wrapped"), List.of("invoice", "order"));
            equal(sorted(bodies(take("raw"))), List.of("invoice", "order", "refund"));
        });
        check("filter-numbers", () -> {
            setSubscription("wrapped", "FilterPolicy", "{\"price\":[{\"numeric\":[\">=\",10,\"<\",100]}]}");
            publishWith("price", "Number", "9", "10", "99", "100");
            equal(messagesOf("wrapped"), List.of("10", "99"));
            equal(take("raw").size(), 4);
        });
        check("filter-body", () -> {
            setSubscription("wrapped", "FilterPolicyScope", "MessageBody");
            setSubscription("wrapped", "FilterPolicy", "{\"order\":{\"state\":[\"paid\"]}}");
            publish("{\"order\":{\"state\":\"open\"}}", of -> {});
            publish("{\"order\":{\"state\":\"paid\"}}", of -> {});
            equal(messagesOf("wrapped"), List.of("{\"order\":{\"state\":\"paid\"}}"));
            equal(take("raw").size(), 2);
        });
        check("filter-invalid", () -> fails(InvalidParameterException.class, "InvalidParameter",
                () -> setSubscription("wrapped", "FilterPolicy", "{\"kind\": \"no list\"}")));
        check("subscription-dead-letters", () -> {
            url.put("closed", queue("closed", Map.of())); // without a policy: nobody is let in
            letIn("dead", topic.get("news"));
            String policy = "{\"deadLetterTargetArn\":\"" + arn("dead") + "\"}";
            subscribe("closed", "news", Map.of("RawMessageDelivery", "true", "RedrivePolicy", policy));
            publish("refused", of -> {});
            equal(bodies(take("dead")), List.of("refused"));
            take("raw");
        });
        check("unsubscribe", () -> {
            sns.unsubscribe(of -> of.subscriptionArn(subscription.get("raw")));
            publish("nobody hears", of -> {});
            equal(receive("raw"), List.of());
        });
        check("topic-fifo", () -> {
            topic.put("fifo", sns.createTopic(of -> of.name("news.fifo").attributes(Map.of("FifoTopic", "true"))).topicArn());
            letIn("fifo", topic.get("fifo"));
            subscribe("plain.fifo", "fifo", RAW);
            holds(publishInGroup("one", "one").sequenceNumber().compareTo(publishInGroup("two", "two").sequenceNumber()) < 0);
            MessageSystemAttributeName group = MessageSystemAttributeName.MESSAGE_GROUP_ID;
            List<Message> got = take("fifo", of -> of.messageSystemAttributeNames(group));
            equal(bodies(got), List.of("one", "two"));
            equal(got.get(0).attributes().get(group), "g");
        });
        check("topic-fifo-deduplication", () -> {
            publishInGroup("again", "one");
            equal(receive("fifo"), List.of());
        });
        check("topic-delete", () -> {
            sns.deleteTopic(of -> of.topicArn(topic.get("fifo")));
            fails(NotFoundException.class, "NotFound", () -> sns.getTopicAttributes(of -> of.topicArn(topic.get("fifo"))));
        });
    }

    static void refusedBoth(String key, String secret, String code) throws Exception {
        AwsCredentials keys = AwsBasicCredentials.create(key, secret);
        equal(fails(code, () -> as(SqsClient.builder(), keys).listQueues()).statusCode(), 403);
        equal(fails(code, () -> as(SnsClient.builder(), keys).listTopics()).statusCode(), 403);
    }

    static void sendAsOther(String body) {
        otherSqs.sendMessage(of -> of.queueUrl(url.get("plain")).messageBody(body));
    }

    static String urlAsOther() {
        return otherSqs.getQueueUrl(of -> of.queueName("plain").queueOwnerAWSAccountId(ACCOUNT)).queueUrl();
    }

    static void checkAccess() {
        check("identity", () -> {
            equal(sts.getCallerIdentity().account(), ACCOUNT);
            equal(sts.getCallerIdentity().arn(), "arn:aws:iam::" + ACCOUNT + ":root");
        });
        check("assume-role", () -> {
            Credentials given = sts.assumeRole(
                    of -> of.roleArn("arn:aws:iam::" + ACCOUNT + ":role/worker").roleSessionName("test")).credentials();
            AwsCredentials keys =
                    AwsSessionCredentials.create(given.accessKeyId(), given.secretAccessKey(), given.sessionToken());
            equal(as(StsClient.builder(), keys).getCallerIdentity().arn(),
                    "arn:aws:sts::" + ACCOUNT + ":assumed-role/worker/test");
            equal(as(SqsClient.builder(), keys).getQueueUrl(of -> of.queueName("plain")).queueUrl(), url.get("plain"));
        });
        check("other-account-url-denied", () -> fails(QueueDoesNotExistException.class, MISSING, () -> urlAsOther()));
        check("other-account-send-denied", () -> equal(fails("AccessDenied", () -> sendAsOther("x")).statusCode(), 403));
        check("other-account-url", () -> {
            sqs.addPermission(of -> of.queueUrl(url.get("plain")).label("other").awsAccountIds(OTHER)
                    .actions("SendMessage", "GetQueueUrl"));
            equal(urlAsOther(), url.get("plain"));
        });
        check("other-account-send", () -> {
            sendAsOther("from afar");
            fails("AccessDenied", () -> otherSqs.receiveMessage(of -> of.queueUrl(url.get("plain"))));
            MessageSystemAttributeName sender = MessageSystemAttributeName.SENDER_ID;
            Message got = take("plain", of -> of.messageSystemAttributeNames(sender)).get(0);
            equal(got.body() + " " + got.attributes().get(sender), "from afar " + OTHER);
        });
        check("other-account-denied-again", () -> {
            sqs.removePermission(of -> of.queueUrl(url.get("plain")).label("other"));
            fails("AccessDenied", () -> sendAsOther("x"));
        });
        check("other-account-topic", () -> {
            String foreign = otherSns.createTopic(of -> of.name("foreign")).topicArn();
            equal(foreign, "arn:aws:sns:us-east-1:" + OTHER + ":foreign");
            letIn("plain", foreign);
            otherSns.subscribe(of -> of.topicArn(foreign).protocol("sqs").endpoint(arn("plain")).attributes(RAW));
            otherSns.publish(of -> of.topicArn(foreign).message("across"));
            equal(bodies(take("plain")), List.of("across"));
        });
        check("wrong-secret", () -> refusedBoth("test", "wrong", "SignatureDoesNotMatch"));
        check("unknown-key", () -> refusedBoth("nobody", "test", "InvalidClientTokenId"));
        check("queue-delete", () -> {
            sqs.deleteQueue(of -> of.queueUrl(url.get("plain")));
            fails(QueueDoesNotExistException.class, MISSING, () -> sqs.getQueueUrl(of -> of.queueName("plain")));
        });
    }

    public static void main(String[] arguments) {
        checkQueues();
        checkMessages();
        checkBatches();
        checkFifo();
        checkDeadLetters();
        checkTopics();
        checkFilters();
        checkAccess();
        System.out.println("client java " + VersionInfo.SDK_VERSION);
        System.exit(0); // idle connections would hold it for a minute
    }
}
