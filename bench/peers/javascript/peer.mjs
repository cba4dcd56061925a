// SendMessageBatch by the AWS SDK for JavaScript v3: async functions that share one client.
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";

const { version } = createRequire(import.meta.url)("@aws-sdk/client-sqs/package.json");
const batch = 10;

const { values } = parseArgs({
    options: {
        endpoint: { type: "string" },
        "queue-url": { type: "string" },
        messages: { type: "string" },
        "in-flight": { type: "string" },
        body: { type: "string" },
    },
});
for (const name of ["endpoint", "queue-url", "messages", "in-flight", "body"]) {
    if (values[name] === undefined) throw new Error(`--${name} is missing`);
}
const messages = Number(values.messages);
const inFlight = Number(values["in-flight"]);
const body = "x".repeat(Number(values.body));

const agent = { keepAlive: true, maxSockets: inFlight };
const sqs = new SQSClient({
    endpoint: values.endpoint,
    requestHandler: { httpAgent: agent, httpsAgent: agent },
});

async function send(count) {
    const entries = Array.from({ length: count }, (_, id) => ({ Id: `${id}`, MessageBody: body }));
    const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: values["queue-url"], Entries: entries }));
    if (answer.Failed?.length) throw new Error(`a message was refused: ${JSON.stringify(answer.Failed[0])}`);
    const accepted = answer.Successful?.length ?? 0;
    if (accepted !== count) throw new Error(`${accepted} of ${count} messages were accepted`);
}

// Gives the number of requests.
async function sendAll(total) {
    let next = 0;
    let requests = 0;
    const work = async () => {
        while (next < total) {
            const count = Math.min(batch, total - next);
            next += count;
            await send(count);
            ++requests;
        }
    };
    await Promise.all(Array.from({ length: inFlight }, work));
    return requests;
}

async function measure() {
    await sendAll(Math.floor(messages / 10));
    const begin = performance.now();
    const before = process.cpuUsage();
    const requests = await sendAll(messages);
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - begin) / 1000;
    return {
        client: "javascript",
        version,
        messages,
        seconds: Number(seconds.toFixed(3)),
        cpu_us_per_message: Number(((user + system) / messages).toFixed(2)),
        requests,
    };
}

try {
    console.log(JSON.stringify(await measure()));
} catch (why) {
    console.error(`javascript: ${why.name}: ${why.message}`);
    process.exit(1);
}
