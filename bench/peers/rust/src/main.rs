//! SendMessageBatch by the AWS SDK for Rust: tokio tasks that share one client.

use std::collections::HashMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::BehaviorVersion;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use aws_sdk_sqs::Client;

const BATCH: usize = 10;

type Failure = Box<dyn Error + Send + Sync>;

fn options() -> Result<HashMap<String, String>, Failure> {
    let mut given = HashMap::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} has no value"))?;
        given.insert(name, value);
    }
    Ok(given)
}

fn option<'a>(given: &'a HashMap<String, String>, name: &str) -> Result<&'a str, Failure> {
    given.get(name).map(String::as_str).ok_or(format!("{name} is missing").into())
}

fn number(given: &HashMap<String, String>, name: &str) -> Result<usize, Failure> {
    Ok(option(given, name)?.parse().map_err(|why| format!("{name}: {why}"))?)
}

async fn send(client: &Client, queue_url: &str, body: &str, count: usize) -> Result<(), Failure> {
    let mut call = client.send_message_batch().queue_url(queue_url);
    for id in 0..count {
        let entry = SendMessageBatchRequestEntry::builder().id(id.to_string()).message_body(body).build()?;
        call = call.entries(entry);
    }
    let answer = call.send().await.map_err(|why| DisplayErrorContext(why).to_string())?;
    if let Some(refused) = answer.failed().first() {
        return Err(format!("a message was refused: {refused:?}").into());
    }
    if answer.successful().len() != count {
        return Err(format!("{} of {count} messages were accepted", answer.successful().len()).into());
    }
    Ok(())
}

/// Sends that many messages, with at most that many requests at once; gives the number of requests.
async fn send_all(
    client: &Client,
    queue_url: &str,
    body: &str,
    messages: usize,
    in_flight: usize,
) -> Result<usize, Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..in_flight {
        let (client, next) = (client.clone(), next.clone());
        let (queue_url, body) = (queue_url.to_string(), body.to_string());
        tasks.spawn(async move {
            let mut requests = 0;
            loop {
                let start = next.fetch_add(BATCH, Ordering::Relaxed);
                if start >= messages {
                    return Ok::<usize, Failure>(requests);
                }
                send(&client, &queue_url, &body, BATCH.min(messages - start)).await?;
                requests += 1;
            }
        });
    }
    let mut requests = 0;
    while let Some(task) = tasks.join_next().await {
        requests += task??;
    }
    Ok(requests)
}

/// User and system time of all threads of this process.
fn cpu_time() -> Duration {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) }, 0);
    let of = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    of(usage.ru_utime) + of(usage.ru_stime)
}

async fn measure() -> Result<(), Failure> {
    let given = options()?;
    let queue_url = option(&given, "--queue-url")?;
    let messages = number(&given, "--messages")?;
    let in_flight = number(&given, "--in-flight")?;
    let body = "x".repeat(number(&given, "--body")?);

    let config =
        aws_config::defaults(BehaviorVersion::latest()).endpoint_url(option(&given, "--endpoint")?).load().await;
    let client = Client::new(&config);

    send_all(&client, queue_url, &body, messages / 10, in_flight).await?;
    let (wall, cpu) = (Instant::now(), cpu_time());
    let requests = send_all(&client, queue_url, &body, messages, in_flight).await?;
    let (wall, cpu) = (wall.elapsed(), cpu_time() - cpu);

    println!(
        r#"{{"client": "rust", "version": "{}", "messages": {messages}, "seconds": {:.3}, "cpu_us_per_message": {:.2}, "requests": {requests}}}"#,
        aws_sdk_sqs::meta::PKG_VERSION,
        wall.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / messages as f64
    );
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    if let Err(why) = measure().await {
        eprintln!("rust: {why}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
