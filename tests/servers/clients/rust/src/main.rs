//! What checks.txt lists, by the AWS SDK for Rust. Endpoint, keys and certificates come from the environment.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_sns as sns;
use aws_sdk_sqs as sqs;
use aws_sdk_sts as sts;
use aws_smithy_http_client::tls::{rustls_provider::CryptoMode, Provider};
use aws_types::SdkConfig;
use futures_util::FutureExt;
use sns::types::{MessageAttributeValue as TopicAttribute, PublishBatchRequestEntry};
use sqs::error::{ProvideErrorMetadata, SdkError};
use sqs::operation::receive_message::builders::ReceiveMessageFluentBuilder as Receive;
use sqs::operation::send_message::builders::SendMessageFluentBuilder as Send;
use sqs::operation::send_message::SendMessageError;
use sqs::operation::send_message_batch::SendMessageBatchError;
use sqs::primitives::Blob;
use sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageAttributeValue,
    MessageSystemAttributeName as System, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    QueueAttributeName as Attribute, SendMessageBatchRequestEntry,
};

const ACCOUNT: &str = "000000000000";
const UNICODE: &str = "grüße €😀 <&>\"'\\ \t\r\n]]>";
const MISSING: &str = "AWS.SimpleQueueService.NonExistentQueue";

/// What the last panic had to say.
static WHY: Mutex<String> = Mutex::new(String::new());

macro_rules! check {
    ($name:literal, $body:block) => {
        match AssertUnwindSafe(async { $body }).catch_unwind().await {
            Ok(()) => println!("ok {}", $name),
            Err(_) => {
                let why = WHY.lock().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
                println!("FAILED {}: {}", $name, why);
            }
        }
    };
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// The error, if it has that code.
fn refused<T: std::fmt::Debug, E, R>(result: Result<T, SdkError<E, R>>, code: &str) -> E
where
    E: std::error::Error + ProvideErrorMetadata + std::marker::Send + Sync + 'static,
    R: std::fmt::Debug + std::marker::Send + Sync + 'static,
{
    let error = match result.expect_err("it succeeded") {
        SdkError::ServiceError(answer) => answer.into_err(),
        other => panic!("{other:?}"),
    };
    assert_eq!(error.meta().code(), Some(code), "{:?}", error.meta());
    error
}

fn has_status<T, E>(result: &Result<T, SdkError<E>>, status: u16) {
    let response = result.as_ref().err().expect("it succeeded").raw_response().expect("no response");
    assert_eq!(response.status().as_u16(), status);
}

fn settings(key: &str, secret: &str, token: Option<String>) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    SdkConfig::builder()
        .behavior_version(sqs::config::BehaviorVersion::latest())
        .region(sqs::config::Region::new(variable("AWS_REGION")))
        .endpoint_url(variable("AWS_ENDPOINT_URL"))
        .credentials_provider(sqs::config::SharedCredentialsProvider::new(Credentials::new(
            key, secret, token, None, "scenario",
        )))
        .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
            aws_smithy_async::rt::sleep::TokioSleep::new(),
        ))
        .http_client(http)
        .build()
}

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}")
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|one| one.body().unwrap()).collect()
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

fn sorted_bodies(messages: &[Message]) -> Vec<String> {
    sorted(messages.iter().map(|one| one.body().unwrap().to_string()).collect())
}

fn text_attribute(kind: &str, value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type(kind).string_value(value).build().unwrap()
}

fn attributes() -> HashMap<String, MessageAttributeValue> {
    let blob = Blob::new(vec![0u8, 1, 254, 255]);
    HashMap::from([
        ("kind".to_string(), text_attribute("String", "grün")),
        ("count".to_string(), text_attribute("Number.int", "42")),
        (
            "blob".to_string(),
            MessageAttributeValue::builder().data_type("Binary").binary_value(blob).build().unwrap(),
        ),
    ])
}

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

fn entries(texts: &[&str]) -> Vec<SendMessageBatchRequestEntry> {
    texts.iter().enumerate().map(|(at, text)| entry(&format!("e{at}"), text)).collect()
}

struct World {
    sqs: sqs::Client,
    sns: sns::Client,
    sts: sts::Client,
    other_sqs: sqs::Client,
    other_sns: sns::Client,
    other: String,
    endpoint: String,
    attributes_md5: String,
    url: HashMap<&'static str, String>,
    topic: HashMap<&'static str, String>,
    subscription: HashMap<&'static str, String>,
}

impl World {
    async fn queue(&self, name: &str, attributes: &[(Attribute, &str)]) -> String {
        let mut call = self.sqs.create_queue().queue_name(name);
        for (attribute, value) in attributes {
            call = call.attributes(attribute.clone(), *value);
        }
        call.send().await.unwrap().queue_url.unwrap()
    }

    fn receiving(&self, name: &str) -> Receive {
        self.sqs.receive_message().queue_url(&self.url[name]).max_number_of_messages(10)
    }

    async fn receive(&self, name: &str) -> Vec<Message> {
        self.receiving(name).send().await.unwrap().messages.unwrap_or_default()
    }

    async fn remove(&self, name: &str, one: &Message) {
        let handle = one.receipt_handle().unwrap();
        self.sqs.delete_message().queue_url(&self.url[name]).receipt_handle(handle).send().await.unwrap();
    }

    /// Receives as it is told, and deletes.
    async fn take_by(&self, name: &str, call: Receive) -> Vec<Message> {
        let got = call.send().await.unwrap().messages.unwrap_or_default();
        for one in &got {
            self.remove(name, one).await;
        }
        got
    }

    async fn take(&self, name: &str) -> Vec<Message> {
        self.take_by(name, self.receiving(name)).await
    }

    async fn take_asking(&self, name: &str, what: System) -> Vec<Message> {
        self.take_by(name, self.receiving(name).message_system_attribute_names(what)).await
    }

    async fn envelopes(&self, name: &str) -> Vec<serde_json::Value> {
        let got = self.take(name).await;
        got.iter().map(|one| serde_json::from_str(one.body().unwrap()).unwrap()).collect()
    }

    async fn messages_of(&self, name: &str) -> Vec<String> {
        let all = self.envelopes(name).await;
        sorted(all.iter().map(|one| one["Message"].as_str().unwrap().to_string()).collect())
    }

    fn sending(&self, name: &str, body: &str) -> Send {
        self.sqs.send_message().queue_url(&self.url[name]).message_body(body)
    }

    fn sending_in_group(&self, name: &str, body: &str, group: &str, id: &str) -> Send {
        self.sending(name, body).message_group_id(group).message_deduplication_id(id)
    }

    async fn refused_batch(&self, code: &str, of: Vec<SendMessageBatchRequestEntry>) -> SendMessageBatchError {
        let answer = self.sqs.send_message_batch().queue_url(&self.url["batch"]).set_entries(Some(of)).send().await;
        refused(answer, &format!("AWS.SimpleQueueService.{code}"))
    }

    async fn attributes_of(&self, name: &str, names: Vec<Attribute>) -> HashMap<Attribute, String> {
        let call = self.sqs.get_queue_attributes().queue_url(&self.url[name]).set_attribute_names(Some(names));
        call.send().await.unwrap().attributes.unwrap_or_default()
    }

    async fn let_in(&self, name: &str, source: &str) {
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*",
            "Condition": {"ArnEquals": {"aws:SourceArn": source}}}]});
        let call = self.sqs.set_queue_attributes().queue_url(&self.url[name]);
        call.attributes(Attribute::Policy, policy.to_string()).send().await.unwrap();
    }

    async fn subscribe(&self, name: &str, to: &str, attributes: &[(&str, &str)]) -> String {
        let mut call = self.sns.subscribe().topic_arn(&self.topic[to]).protocol("sqs").endpoint(arn(name));
        for (attribute, value) in attributes {
            call = call.attributes(*attribute, *value);
        }
        call.send().await.unwrap().subscription_arn.unwrap()
    }

    async fn set_subscription(&self, name: &str, attribute: &str, value: &str) {
        let call = self.sns.set_subscription_attributes().subscription_arn(&self.subscription[name]);
        call.attribute_name(attribute).attribute_value(value).send().await.unwrap();
    }

    async fn publish(&self, message: &str) {
        self.sns.publish().topic_arn(&self.topic["news"]).message(message).send().await.unwrap();
    }

    async fn publish_with(&self, name: &str, kind: &str, values: &[&str]) {
        for value in values {
            let attribute = TopicAttribute::builder().data_type(kind).string_value(*value).build().unwrap();
            let call = self.sns.publish().topic_arn(&self.topic["news"]).message(*value);
            call.message_attributes(name, attribute).send().await.unwrap();
        }
    }

    async fn publish_in_group(&self, message: &str, id: &str) -> String {
        let call = self.sns.publish().topic_arn(&self.topic["fifo"]).message(message).message_group_id("g");
        call.message_deduplication_id(id).send().await.unwrap().sequence_number.unwrap()
    }
}

async fn check_queues(world: &mut World) {
    let of = |seconds| [(Attribute::VisibilityTimeout, seconds)];
    check!("queue-create", {
        let made = world.queue("plain", &of("40")).await;
        assert_eq!(made, format!("{}/{ACCOUNT}/plain", world.endpoint));
        world.url.insert("plain", made);
    });
    check!("queue-create-same", {
        assert_eq!(world.queue("plain", &of("40")).await, world.url["plain"]);
    });
    check!("queue-create-differs", {
        let call = world.sqs.create_queue().queue_name("plain").attributes(Attribute::VisibilityTimeout, "41");
        assert!(refused(call.send().await, "QueueAlreadyExists").is_queue_name_exists());
    });
    check!("queue-create-bad-name", {
        refused(world.sqs.create_queue().queue_name("a b").send().await, "InvalidParameterValue");
    });
    check!("queue-url", {
        let got = world.sqs.get_queue_url().queue_name("plain").send().await.unwrap();
        assert_eq!(got.queue_url(), Some(world.url["plain"].as_str()));
    });
    check!("queue-url-missing", {
        let answer = world.sqs.get_queue_url().queue_name("missing").send().await;
        has_status(&answer, 400);
        assert!(refused(answer, MISSING).is_queue_does_not_exist());
    });
    check!("queue-list-pages", {
        let mut made = Vec::new();
        for name in ["page-a", "page-b", "page-c"] {
            made.push(world.queue(name, &[]).await);
        }
        let mut pages = world.sqs.list_queues().queue_name_prefix("page-").into_paginator().page_size(1).send();
        let mut got = Vec::new();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            got.extend(page.unwrap().queue_urls.unwrap());
            count += 1;
        }
        assert_eq!(count, 3);
        assert_eq!(got, made);
    });
    check!("queue-attributes", {
        let call = world.sqs.set_queue_attributes().queue_url(&world.url["plain"]);
        call.attributes(Attribute::VisibilityTimeout, "45").send().await.unwrap();
        let got = world.attributes_of("plain", vec![Attribute::All]).await;
        assert_eq!(got[&Attribute::VisibilityTimeout], "45");
        assert_eq!(got[&Attribute::QueueArn], arn("plain"));
        assert_eq!(got[&Attribute::MaximumMessageSize], "1048576");
        assert_eq!(got[&Attribute::ApproximateNumberOfMessages], "0");
    });
    check!("queue-attribute-unknown", {
        let call = world.sqs.set_queue_attributes().queue_url(&world.url["plain"]);
        let answer = call.attributes(Attribute::from("Nonsense"), "1").send().await;
        assert!(refused(answer, "InvalidAttributeName").is_invalid_attribute_name());
    });
    check!("queue-tags", {
        let url = &world.url["plain"];
        let tagging = world.sqs.tag_queue().queue_url(url).tags("team", "billing").tags("cost", "ä&b");
        tagging.send().await.unwrap();
        world.sqs.untag_queue().queue_url(url).tag_keys("team").send().await.unwrap();
        let got = world.sqs.list_queue_tags().queue_url(url).send().await.unwrap();
        assert_eq!(got.tags.unwrap(), HashMap::from([("cost".to_string(), "ä&b".to_string())]));
    });
}

async fn check_messages(world: &mut World) {
    check!("send-md5", {
        let sent = world.sending("plain", "hello").send().await.unwrap();
        assert_eq!(sent.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));
        let got = world.take("plain").await;
        assert_eq!(bodies(&got), ["hello"]);
        assert_eq!(got[0].message_id(), sent.message_id());
    });
    check!("send-unicode", {
        world.sending("plain", UNICODE).send().await.unwrap();
        assert_eq!(bodies(&world.take("plain").await), [UNICODE]);
    });
    check!("send-attributes-md5", {
        let call = world.sending("plain", "with").set_message_attributes(Some(attributes()));
        let sent = call.send().await.unwrap();
        assert_eq!(sent.md5_of_message_attributes(), Some(world.attributes_md5.as_str()));
    });
    check!("receive-attributes", {
        let call = world.receiving("plain").message_attribute_names("All").visibility_timeout(0);
        let got = call.send().await.unwrap().messages.unwrap();
        assert_eq!(got[0].message_attributes().unwrap(), &attributes());
        assert_eq!(got[0].md5_of_message_attributes(), Some(world.attributes_md5.as_str()));
    });
    check!("receive-attributes-named", {
        let call = world.receiving("plain").message_attribute_names("cou.*").visibility_timeout(0);
        let got = call.send().await.unwrap().messages.unwrap();
        let wanted = HashMap::from([("count".to_string(), text_attribute("Number.int", "42"))]);
        assert_eq!(got[0].message_attributes().unwrap(), &wanted);
    });
    check!("receive-attributes-unasked", {
        let got = world.take("plain").await;
        assert_eq!((got[0].message_attributes(), got[0].attributes()), (None, None));
    });
    check!("receive-system-attributes", {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
        world.sending("plain", "system").send().await.unwrap();
        let got = world.take_asking("plain", System::All).await;
        let of = got[0].attributes().unwrap();
        assert_eq!(of[&System::SenderId], ACCOUNT);
        assert_eq!(of[&System::ApproximateReceiveCount], "1");
        let sent: i64 = of[&System::SentTimestamp].parse().unwrap();
        assert!((sent - before).abs() < 60_000);
        assert!(of[&System::ApproximateFirstReceiveTimestamp].parse::<i64>().unwrap() >= sent);
    });
    check!("trace-header", {
        let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        let value = MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build().unwrap();
        let call = world.sending("plain", "traced");
        let call = call.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, value);
        let sent = call.send().await.unwrap();
        assert_eq!(sent.md5_of_message_system_attributes(), Some("5ae4d5d7636402d80f4eb6d213245a88"));
        let got = world.take_asking("plain", System::AwsTraceHeader).await;
        assert_eq!(got[0].attributes().unwrap(), &HashMap::from([(System::AwsTraceHeader, trace.to_string())]));
    });
    let mut handle = String::new();
    check!("visibility-hidden", {
        world.sending("plain", "seen").send().await.unwrap();
        handle = world.receive("plain").await[0].receipt_handle().unwrap().to_string();
        assert!(world.receive("plain").await.is_empty());
    });
    check!("visibility-zero", {
        let call = world.sqs.change_message_visibility().queue_url(&world.url["plain"]).receipt_handle(&handle);
        call.visibility_timeout(0).send().await.unwrap();
        let call = world.receiving("plain").message_system_attribute_names(System::ApproximateReceiveCount);
        let got = call.send().await.unwrap().messages.unwrap();
        assert_eq!(got[0].attributes().unwrap()[&System::ApproximateReceiveCount], "2");
        handle = got[0].receipt_handle().unwrap().to_string();
    });
    check!("delete", {
        let call = world.sqs.delete_message().queue_url(&world.url["plain"]).receipt_handle(&handle);
        call.send().await.unwrap();
        let names =
            vec![Attribute::ApproximateNumberOfMessages, Attribute::ApproximateNumberOfMessagesNotVisible];
        let got = world.attributes_of("plain", names).await;
        assert_eq!(got.values().collect::<Vec<_>>(), ["0", "0"]);
    });
    check!("receipt-handle-invalid", {
        let call = world.sqs.delete_message().queue_url(&world.url["plain"]).receipt_handle("garbage");
        assert!(refused(call.send().await, "ReceiptHandleIsInvalid").is_receipt_handle_is_invalid());
    });
    check!("send-illegal-character", {
        let answer = world.sending("plain", "a\u{1}b").send().await;
        assert!(refused(answer, "InvalidMessageContents").is_invalid_message_contents());
    });
    check!("send-1-mib", {
        let body = "x".repeat(1_048_576);
        world.sending("plain", &body).send().await.unwrap();
        assert!(world.take("plain").await[0].body() == Some(&body));
    });
    check!("send-too-long", {
        refused(world.sending("plain", &"x".repeat(1_048_577)).send().await, "InvalidParameterValue");
    });
    check!("send-missing-queue", {
        let url = format!("{}/{ACCOUNT}/missing", world.endpoint);
        let answer = world.sqs.send_message().queue_url(url).message_body("lost").send().await;
        assert!(refused(answer, MISSING).is_queue_does_not_exist());
    });
    check!("send-by-host-style-url", {
        for host in ["queue.amazonaws.com", "us-east-1.queue.amazonaws.com", "sqs.us-east-1.amazonaws.com"] {
            let url = format!("https://{host}/{ACCOUNT}/plain");
            world.sqs.send_message().queue_url(url).message_body(host).send().await.unwrap();
            assert_eq!(bodies(&world.take("plain").await), [host]);
        }
    });
    check!("delay", {
        world.sending("plain", "much later").delay_seconds(900).send().await.unwrap();
        assert!(world.receive("plain").await.is_empty());
        world.sending("plain", "later").delay_seconds(1).send().await.unwrap();
        let got = world.take_by("plain", world.receiving("plain").wait_time_seconds(20)).await;
        assert_eq!(bodies(&got), ["later"]);
    });
    check!("long-poll-empty", {
        let before = Instant::now();
        let got = world.receiving("plain").wait_time_seconds(1).send().await.unwrap();
        assert!(got.messages().is_empty());
        assert!(before.elapsed() >= Duration::from_millis(990));
    });
    check!("long-poll-wakes", {
        let before = Instant::now();
        let poll = world.take_by("plain", world.receiving("plain").wait_time_seconds(20));
        let (got, sent) = tokio::join!(poll, world.sending("plain", "wake").send());
        sent.unwrap();
        assert_eq!(bodies(&got), ["wake"]);
        assert!(before.elapsed() < Duration::from_secs(15));
    });
}

async fn check_batches(world: &mut World) {
    let mut got = Vec::new();
    check!("batch-send", {
        let made = world.queue("batch", &[]).await;
        world.url.insert("batch", made);
        let call = world.sqs.send_message_batch().queue_url(&world.url["batch"]);
        let sent = call.set_entries(Some(entries(&["one", "two", "three"]))).send().await.unwrap();
        assert!(sent.failed().is_empty());
        assert_eq!(sent.successful().iter().map(|one| one.id()).collect::<Vec<_>>(), ["e0", "e1", "e2"]);
        assert_eq!(sent.successful()[1].md5_of_message_body(), "b8a9f715dbb64fd5c56e7783c6820a61");
    });
    check!("batch-receive", {
        got = world.receive("batch").await;
        assert_eq!(sorted_bodies(&got), ["one", "three", "two"]);
    });
    check!("batch-visibility", {
        let mut call = world.sqs.change_message_visibility_batch().queue_url(&world.url["batch"]);
        for (at, one) in got.iter().enumerate() {
            let of = ChangeMessageVisibilityBatchRequestEntry::builder().id(format!("c{at}")).visibility_timeout(0);
            call = call.entries(of.receipt_handle(one.receipt_handle().unwrap()).build().unwrap());
        }
        assert_eq!(call.send().await.unwrap().successful().len(), 3);
        got = world.receive("batch").await;
        assert_eq!(got.len(), 3);
    });
    check!("batch-delete", {
        let of = |id: String, handle: &str| {
            DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
        };
        let mut call = world.sqs.delete_message_batch().queue_url(&world.url["batch"]);
        for (at, one) in got.iter().enumerate() {
            call = call.entries(of(format!("d{at}"), one.receipt_handle().unwrap()));
        }
        let answer = call.entries(of("bad".to_string(), "garbage")).send().await.unwrap();
        assert_eq!(answer.successful().len(), 3);
        assert_eq!((answer.failed()[0].id(), answer.failed()[0].code()), ("bad", "ReceiptHandleIsInvalid"));
    });
    check!("batch-partial-failure", {
        let call = world.sqs.send_message_batch().queue_url(&world.url["batch"]);
        let answer = call.set_entries(Some(entries(&["good", "b\u{1}d"]))).send().await.unwrap();
        assert_eq!(answer.successful().iter().map(|one| one.id()).collect::<Vec<_>>(), ["e0"]);
        let failed = &answer.failed()[0];
        assert_eq!((failed.id(), failed.code(), failed.sender_fault()), ("e1", "InvalidMessageContents", true));
        assert_eq!(bodies(&world.take("batch").await), ["good"]);
    });
    check!("batch-empty", {
        assert!(world.refused_batch("EmptyBatchRequest", vec![]).await.is_empty_batch_request());
    });
    check!("batch-too-many", {
        let of = entries(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]);
        let why = world.refused_batch("TooManyEntriesInBatchRequest", of).await;
        assert!(why.is_too_many_entries_in_batch_request());
    });
    check!("batch-bad-id", {
        let why = world.refused_batch("InvalidBatchEntryId", vec![entry("a b", "x")]).await;
        assert!(why.is_invalid_batch_entry_id());
    });
    check!("batch-same-ids", {
        let why = world.refused_batch("BatchEntryIdsNotDistinct", vec![entry("a", "x"), entry("a", "y")]).await;
        assert!(why.is_batch_entry_ids_not_distinct());
    });
    check!("batch-too-long", {
        let of = entries(&[&"x".repeat(600_000), &"y".repeat(600_000)]);
        assert!(world.refused_batch("BatchRequestTooLong", of).await.is_batch_request_too_long());
    });
    check!("purge", {
        let call = world.sqs.send_message_batch().queue_url(&world.url["batch"]);
        call.set_entries(Some(entries(&["a", "b"]))).send().await.unwrap();
        world.sqs.purge_queue().queue_url(&world.url["batch"]).send().await.unwrap();
        assert!(world.receive("batch").await.is_empty());
    });
    check!("purge-again", {
        let answer = world.sqs.purge_queue().queue_url(&world.url["batch"]).send().await;
        has_status(&answer, 403);
        let why = refused(answer, "AWS.SimpleQueueService.PurgeQueueInProgress");
        assert!(why.is_purge_queue_in_progress());
    });
}

async fn check_fifo(world: &mut World) {
    let mut numbers = Vec::new();
    let mut got = Vec::new();
    check!("fifo-create", {
        let made = world.queue("plain.fifo", &[(Attribute::FifoQueue, "true")]).await;
        world.url.insert("fifo", made);
        let names = vec![Attribute::FifoQueue, Attribute::ContentBasedDeduplication];
        let got = world.attributes_of("fifo", names).await;
        assert_eq!(got[&Attribute::FifoQueue], "true");
        assert_eq!(got[&Attribute::ContentBasedDeduplication], "false");
    });
    check!("fifo-send", {
        for body in ["one", "two", "three"] {
            let sent = world.sending_in_group("fifo", body, "g", &format!("id-{body}")).send().await.unwrap();
            numbers.push(sent.sequence_number.unwrap().parse::<u128>().unwrap());
        }
        assert!(numbers[0] < numbers[1] && numbers[1] < numbers[2]);
    });
    check!("fifo-order", {
        let call = world.receiving("fifo").message_system_attribute_names(System::All);
        got = call.receive_request_attempt_id("first").send().await.unwrap().messages.unwrap();
        assert_eq!(bodies(&got), ["one", "two", "three"]);
    });
    check!("fifo-attributes", {
        let of = got[1].attributes().unwrap();
        assert_eq!((of[&System::MessageGroupId].as_str(), of[&System::MessageDeduplicationId].as_str()), ("g", "id-two"));
        assert_eq!(of[&System::SequenceNumber].parse::<u128>().unwrap(), numbers[1]);
    });
    check!("fifo-attempt", {
        let call = world.receiving("fifo").receive_request_attempt_id("first");
        let again = call.send().await.unwrap().messages.unwrap();
        let ids = |of: &[Message]| of.iter().map(|one| one.message_id.clone().unwrap()).collect::<Vec<_>>();
        assert_eq!(ids(&again), ids(&got));
        got = again;
    });
    check!("fifo-group-locked", {
        world.sending_in_group("fifo", "four", "g", "four").send().await.unwrap();
        world.sending_in_group("fifo", "other", "h", "other").send().await.unwrap();
        let unlocked = world.receive("fifo").await;
        assert_eq!(bodies(&unlocked), ["other"]);
        for one in got.iter().chain(&unlocked) {
            world.remove("fifo", one).await;
        }
        assert_eq!(bodies(&world.take("fifo").await), ["four"]);
    });
    check!("fifo-deduplication", {
        let first = world.sending_in_group("fifo", "same", "g", "same").send().await.unwrap();
        let second = world.sending_in_group("fifo", "another", "g", "same").send().await.unwrap();
        assert_eq!(second.message_id, first.message_id);
        assert_eq!(second.sequence_number, first.sequence_number);
        assert_eq!(bodies(&world.take("fifo").await), ["same"]);
    });
    check!("fifo-content-deduplication", {
        let of = [(Attribute::FifoQueue, "true"), (Attribute::ContentBasedDeduplication, "true")];
        let made = world.queue("content.fifo", &of).await;
        world.url.insert("content", made);
        let first = world.sending("content", "x").message_group_id("g").send().await.unwrap();
        let second = world.sending("content", "x").message_group_id("g").send().await.unwrap();
        assert_eq!(second.message_id, first.message_id);
        let got = world.take_asking("content", System::MessageDeduplicationId).await;
        let sha256_of_x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
        assert_eq!(got[0].attributes().unwrap()[&System::MessageDeduplicationId], sha256_of_x);
    });
    check!("fifo-no-group", {
        refused(world.sending("content", "x").send().await, "MissingParameter");
    });
    check!("fifo-no-deduplication-id", {
        refused(world.sending("fifo", "x").message_group_id("g").send().await, "InvalidParameterValue");
    });
}

async fn check_dead_letters(world: &mut World) {
    let mut dead = Vec::new();
    check!("dead-letter-move", {
        let made = world.queue("dead", &[]).await;
        world.url.insert("dead", made);
        let policy = serde_json::json!({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": "1"}).to_string();
        let made = world.queue("source", &[(Attribute::RedrivePolicy, &policy)]).await;
        world.url.insert("source", made);
        world.sending("source", "poison").send().await.unwrap();
        let got = world.receiving("source").visibility_timeout(0).send().await.unwrap().messages.unwrap();
        assert_eq!(bodies(&got), ["poison"]);
        assert!(world.receive("source").await.is_empty());
        let call = world.receiving("dead").message_system_attribute_names(System::All).visibility_timeout(0);
        dead = call.send().await.unwrap().messages.unwrap();
        assert_eq!(bodies(&dead), ["poison"]);
    });
    check!("dead-letter-source", {
        assert_eq!(dead[0].attributes().unwrap()[&System::DeadLetterQueueSourceArn], arn("source"));
    });
    check!("dead-letter-sources", {
        let got = world.sqs.list_dead_letter_source_queues().queue_url(&world.url["dead"]).send().await.unwrap();
        assert_eq!(got.queue_urls(), [world.url["source"].clone()]);
    });
    check!("dead-letter-redrive", {
        let task = world.sqs.start_message_move_task().source_arn(arn("dead")).send().await.unwrap();
        assert!(task.task_handle().is_some());
        let got = world.take_by("source", world.receiving("source").wait_time_seconds(20)).await;
        assert_eq!(bodies(&got), ["poison"]);
        let tasks = world.sqs.list_message_move_tasks().source_arn(arn("dead")).send().await.unwrap();
        assert_eq!(tasks.results()[0].status(), Some("COMPLETED"));
        assert_eq!(tasks.results()[0].approximate_number_of_messages_moved(), 1);
    });
}

const RAW: (&str, &str) = ("RawMessageDelivery", "true");

async fn check_topics(world: &mut World) {
    check!("topic-create", {
        let first = world.sns.create_topic().name("news").send().await.unwrap().topic_arn.unwrap();
        assert_eq!(first, format!("arn:aws:sns:us-east-1:{ACCOUNT}:news"));
        assert_eq!(world.sns.create_topic().name("news").send().await.unwrap().topic_arn.unwrap(), first);
        world.topic.insert("news", first);
    });
    check!("topic-attributes", {
        let arn = &world.topic["news"];
        let call = world.sns.set_topic_attributes().topic_arn(arn).attribute_name("DisplayName");
        call.attribute_value("Nü<s>").send().await.unwrap();
        let got = world.sns.get_topic_attributes().topic_arn(arn).send().await.unwrap().attributes.unwrap();
        assert_eq!((got["DisplayName"].as_str(), got["Owner"].as_str()), ("Nü<s>", ACCOUNT));
        assert_eq!(&got["TopicArn"], arn);
    });
    check!("subscribe", {
        for name in ["wrapped", "raw"] {
            let made = world.queue(name, &[]).await;
            world.url.insert(name, made);
            world.let_in(name, &world.topic["news"]).await;
        }
        let wrapped = world.subscribe("wrapped", "news", &[]).await;
        let raw = world.subscribe("raw", "news", &[RAW]).await;
        let call = world.sns.list_subscriptions_by_topic().topic_arn(&world.topic["news"]);
        let mut pages = call.into_paginator().send();
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await {
            for one in page.unwrap().subscriptions() {
                listed.push(one.subscription_arn().unwrap().to_string());
            }
        }
        assert_eq!(sorted(listed), sorted(vec![wrapped.clone(), raw.clone()]));
        world.subscription.insert("wrapped", wrapped);
        world.subscription.insert("raw", raw);
    });
    check!("publish-envelope", {
        let mut call = world.sns.publish().topic_arn(&world.topic["news"]).message(UNICODE).subject("Hi <you>");
        for (name, one) in attributes() {
            let made = TopicAttribute::builder().data_type(one.data_type).set_string_value(one.string_value);
            call = call.message_attributes(name, made.set_binary_value(one.binary_value).build().unwrap());
        }
        let sent = call.send().await.unwrap();
        let got = &world.envelopes("wrapped").await[0];
        assert_eq!((got["Type"].as_str(), got["TopicArn"].as_str()), (Some("Notification"), Some(world.topic["news"].as_str())));
        assert_eq!((got["Message"].as_str(), got["Subject"].as_str()), (Some(UNICODE), Some("Hi <you>")));
        assert_eq!(got["MessageId"].as_str(), sent.message_id());
        assert_eq!(got["MessageAttributes"]["blob"], serde_json::json!({"Type": "Binary", "Value": "AAH+/w=="}));
    });
    check!("publish-raw", {
        let got = world.take_by("raw", world.receiving("raw").message_attribute_names("All")).await;
        assert_eq!(bodies(&got), [UNICODE]);
        assert_eq!(got[0].message_attributes().unwrap(), &attributes());
        assert_eq!(got[0].md5_of_message_attributes(), Some(world.attributes_md5.as_str()));
    });
    check!("publish-structure", {
        let texts = r#"{"default": "for all", "sqs": "for queues"}"#;
        let call = world.sns.publish().topic_arn(&world.topic["news"]).message(texts);
        call.message_structure("json").send().await.unwrap();
        assert_eq!(bodies(&world.take("raw").await), ["for queues"]);
        assert_eq!(world.messages_of("wrapped").await, ["for queues"]);
    });
    let of = |id: &str, message: &str| PublishBatchRequestEntry::builder().id(id).message(message);
    check!("publish-batch", {
        let call = world.sns.publish_batch().topic_arn(&world.topic["news"]);
        let call = call.publish_batch_request_entries(of("a", "A").build().unwrap());
        let call = call.publish_batch_request_entries(of("b", "B").build().unwrap());
        let bad = of("c", "C").subject("new\nline").build().unwrap();
        let answer = call.publish_batch_request_entries(bad).send().await.unwrap();
        assert_eq!(answer.successful().iter().map(|one| one.id().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
        let failed = &answer.failed()[0];
        assert_eq!((failed.id(), failed.code(), failed.sender_fault()), ("c", "InvalidParameter", true));
        assert_eq!(sorted_bodies(&world.take("raw").await), ["A", "B"]);
        assert_eq!(world.messages_of("wrapped").await, ["A", "B"]);
    });
    check!("publish-batch-same-ids", {
        let call = world.sns.publish_batch().topic_arn(&world.topic["news"]);
        let call = call.publish_batch_request_entries(of("a", "A").build().unwrap());
        let answer = call.publish_batch_request_entries(of("a", "B").build().unwrap()).send().await;
        assert!(refused(answer, "BatchEntryIdsNotDistinct").is_batch_entry_ids_not_distinct_exception());
    });
    check!("publish-missing-topic", {
        let arn = format!("{}-missing", world.topic["news"]);
        let answer = world.sns.publish().topic_arn(arn).message("x").send().await;
        has_status(&answer, 404);
        assert!(refused(answer, "NotFound").is_not_found_exception());
    });
}

async fn check_filters(world: &mut World) {
    check!("filter-attributes", {
        world.set_subscription("wrapped", "FilterPolicy", r#"{"kind":["order",{"prefix":"inv"}]}"#).await;
        world.publish_with("kind", "String", &["order", "refund", "invoice"]).await;
        assert_eq!(world.messages_of("wrapped").await, ["invoice", "order"]);
        assert_eq!(sorted_bodies(&world.take("raw").await), ["invoice", "order", "refund"]);
    });
    check!("filter-numbers", {
        let policy = r#"{"price":[{"numeric":[">=",10,"<",100]}]}"#;
        world.set_subscription("wrapped", "FilterPolicy", policy).await;
        world.publish_with("price", "Number", &["9", "10", "99", "100"]).await;
        assert_eq!(world.messages_of("wrapped").await, ["10", "99"]);
        assert_eq!(world.take("raw").await.len(), 4);
    });
    check!("filter-body", {
        world.set_subscription("wrapped", "FilterPolicyScope", "MessageBody").await;
        world.set_subscription("wrapped", "FilterPolicy", r#"{"order":{"state":["paid"]}}"#).await;
        world.publish(r#"{"order":{"state":"open"}}"#).await;
        world.publish(r#"{"order":{"state":"paid"}}"#).await;
        assert_eq!(world.messages_of("wrapped").await, [r#"{"order":{"state":"paid"}}"#]);
        assert_eq!(world.take("raw").await.len(), 2);
    });
    check!("filter-invalid", {
        let call = world.sns.set_subscription_attributes().subscription_arn(&world.subscription["wrapped"]);
        let answer = call.attribute_name("FilterPolicy").attribute_value(r#"{"kind": "no list"}"#).send().await;
        assert!(refused(answer, "InvalidParameter").is_invalid_parameter_exception());
    });
    check!("subscription-dead-letters", {
        let made = world.queue("closed", &[]).await; // without a policy: nobody is let in
        world.url.insert("closed", made);
        world.let_in("dead", &world.topic["news"]).await;
        let policy = serde_json::json!({"deadLetterTargetArn": arn("dead")}).to_string();
        world.subscribe("closed", "news", &[RAW, ("RedrivePolicy", &policy)]).await;
        world.publish("refused").await;
        assert_eq!(bodies(&world.take("dead").await), ["refused"]);
        world.take("raw").await;
    });
    check!("unsubscribe", {
        world.sns.unsubscribe().subscription_arn(&world.subscription["raw"]).send().await.unwrap();
        world.publish("nobody hears").await;
        assert!(world.receive("raw").await.is_empty());
    });
    check!("topic-fifo", {
        let call = world.sns.create_topic().name("news.fifo").attributes("FifoTopic", "true");
        let made = call.send().await.unwrap().topic_arn.unwrap();
        world.let_in("fifo", &made).await;
        world.topic.insert("fifo", made);
        world.subscribe("plain.fifo", "fifo", &[RAW]).await;
        let first: u128 = world.publish_in_group("one", "one").await.parse().unwrap();
        let second: u128 = world.publish_in_group("two", "two").await.parse().unwrap();
        assert!(first < second);
        let got = world.take_asking("fifo", System::MessageGroupId).await;
        assert_eq!(bodies(&got), ["one", "two"]);
        assert_eq!(got[0].attributes().unwrap()[&System::MessageGroupId], "g");
    });
    check!("topic-fifo-deduplication", {
        world.publish_in_group("again", "one").await;
        assert!(world.receive("fifo").await.is_empty());
    });
    check!("topic-delete", {
        world.sns.delete_topic().topic_arn(&world.topic["fifo"]).send().await.unwrap();
        let answer = world.sns.get_topic_attributes().topic_arn(&world.topic["fifo"]).send().await;
        assert!(refused(answer, "NotFound").is_not_found_exception());
    });
}

async fn refused_both(key: &str, secret: &str, code: &str) {
    let of = settings(key, secret, None);
    let listed = sqs::Client::new(&of).list_queues().send().await;
    has_status(&listed, 403);
    refused(listed, code);
    refused(sns::Client::new(&of).list_topics().send().await, code);
}

async fn check_access(world: &mut World) {
    check!("identity", {
        let got = world.sts.get_caller_identity().send().await.unwrap();
        assert_eq!(got.account(), Some(ACCOUNT));
        assert_eq!(got.arn(), Some("arn:aws:iam::000000000000:root"));
    });
    check!("assume-role", {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/worker");
        let given = world.sts.assume_role().role_arn(role).role_session_name("test").send().await.unwrap();
        let keys = given.credentials.unwrap();
        let of = settings(&keys.access_key_id, &keys.secret_access_key, Some(keys.session_token));
        let who = sts::Client::new(&of).get_caller_identity().send().await.unwrap();
        assert_eq!(who.arn(), Some("arn:aws:sts::000000000000:assumed-role/worker/test"));
        let got = sqs::Client::new(&of).get_queue_url().queue_name("plain").send().await.unwrap();
        assert_eq!(got.queue_url(), Some(world.url["plain"].as_str()));
    });
    let url = world.url["plain"].clone();
    let send_as_other = |body: &'static str| world.other_sqs.send_message().queue_url(&url).message_body(body).send();
    let url_as_other =
        || world.other_sqs.get_queue_url().queue_name("plain").queue_owner_aws_account_id(ACCOUNT).send();
    check!("other-account-url-denied", {
        assert!(refused(url_as_other().await, MISSING).is_queue_does_not_exist());
    });
    check!("other-account-send-denied", {
        let answer = send_as_other("x").await;
        has_status(&answer, 403);
        let _: SendMessageError = refused(answer, "AccessDenied");
    });
    check!("other-account-url", {
        let call = world.sqs.add_permission().queue_url(&url).label("other").aws_account_ids(&world.other);
        call.actions("SendMessage").actions("GetQueueUrl").send().await.unwrap();
        assert_eq!(url_as_other().await.unwrap().queue_url(), Some(url.as_str()));
    });
    check!("other-account-send", {
        send_as_other("from afar").await.unwrap();
        refused(world.other_sqs.receive_message().queue_url(&url).send().await, "AccessDenied");
        let got = world.take_asking("plain", System::SenderId).await;
        assert_eq!(bodies(&got), ["from afar"]);
        assert_eq!(got[0].attributes().unwrap()[&System::SenderId], world.other);
    });
    check!("other-account-denied-again", {
        world.sqs.remove_permission().queue_url(&url).label("other").send().await.unwrap();
        refused(send_as_other("x").await, "AccessDenied");
    });
    check!("other-account-topic", {
        let foreign = world.other_sns.create_topic().name("foreign").send().await.unwrap().topic_arn.unwrap();
        assert_eq!(foreign, format!("arn:aws:sns:us-east-1:{}:foreign", world.other));
        world.let_in("plain", &foreign).await;
        let call = world.other_sns.subscribe().topic_arn(&foreign).protocol("sqs").endpoint(arn("plain"));
        call.attributes(RAW.0, RAW.1).send().await.unwrap();
        world.other_sns.publish().topic_arn(&foreign).message("across").send().await.unwrap();
        assert_eq!(bodies(&world.take("plain").await), ["across"]);
    });
    check!("wrong-secret", {
        refused_both("test", "wrong", "SignatureDoesNotMatch").await;
    });
    check!("unknown-key", {
        refused_both("nobody", "test", "InvalidClientTokenId").await;
    });
    check!("queue-delete", {
        world.sqs.delete_queue().queue_url(&url).send().await.unwrap();
        let answer = world.sqs.get_queue_url().queue_name("plain").send().await;
        assert!(refused(answer, MISSING).is_queue_does_not_exist());
    });
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    std::panic::set_hook(Box::new(|info| *WHY.lock().unwrap() = info.to_string()));
    let own = settings(&variable("AWS_ACCESS_KEY_ID"), &variable("AWS_SECRET_ACCESS_KEY"), None);
    let others = settings(&variable("OTHER_ACCESS_KEY_ID"), &variable("OTHER_SECRET_ACCESS_KEY"), None);
    let mut world = World {
        sqs: sqs::Client::new(&own),
        sns: sns::Client::new(&own),
        sts: sts::Client::new(&own),
        other_sqs: sqs::Client::new(&others),
        other_sns: sns::Client::new(&others),
        other: variable("OTHER_ACCOUNT"),
        endpoint: variable("AWS_ENDPOINT_URL"),
        attributes_md5: variable("ATTRIBUTES_MD5"),
        url: HashMap::new(),
        topic: HashMap::new(),
        subscription: HashMap::new(),
    };
    check_queues(&mut world).await;
    check_messages(&mut world).await;
    check_batches(&mut world).await;
    check_fifo(&mut world).await;
    check_dead_letters(&mut world).await;
    check_topics(&mut world).await;
    check_filters(&mut world).await;
    check_access(&mut world).await;
    println!("client rust {}", sqs::meta::PKG_VERSION);
}
