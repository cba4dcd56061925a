// SendMessage by the AWS SDK for Java v2 through its batch manager, which makes SendMessageBatch of it.
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.batchmanager.SqsAsyncBatchManager;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;

public class Peer {
    static final int BATCH = 10;
    static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    static final Map<String, String> options = new HashMap<>();
    static final AtomicLong requests = new AtomicLong();

    static class Counter implements ExecutionInterceptor {
        @Override
        public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
            requests.incrementAndGet();
        }
    }

    static String option(String name) {
        String value = options.get(name);
        if (value == null) {
            fail(name + " is missing");
        }
        return value;
    }

    static int number(String name) {
        return Integer.parseInt(option(name));
    }

    static void fail(String why) {
        System.err.println("java: " + why);
        System.exit(1);
    }

    /** The batch manager never completes a message that an answer leaves out. */
    static void acquire(Semaphore callers, int count) throws InterruptedException {
        if (!callers.tryAcquire(count, 60, TimeUnit.SECONDS)) {
            fail("a message was neither accepted nor refused for a minute");
        }
    }

    /** As many callers at once as fill the requests that may be in flight. */
    static void sendAll(SqsAsyncBatchManager manager, String queueUrl, String body, int messages, int inFlight)
            throws Exception {
        Semaphore callers = new Semaphore(inFlight * BATCH);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int i = 0; i < messages && failure.get() == null; ++i) {
            acquire(callers, 1);
            SendMessageRequest request =
                    SendMessageRequest.builder().queueUrl(queueUrl).messageBody(body).build();
            manager.sendMessage(request).whenComplete((answer, why) -> {
                if (why != null) {
                    failure.compareAndSet(null, why);
                } else if (answer.messageId() == null) {
                    failure.compareAndSet(null, new IllegalStateException("a message has no id"));
                }
                callers.release();
            });
        }
        acquire(callers, inFlight * BATCH);
        if (failure.get() != null) {
            fail("a message was not accepted: " + failure.get());
        }
    }

    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i], arguments[i + 1]);
        }
        String queueUrl = option("--queue-url");
        int messages = number("--messages");
        int inFlight = number("--in-flight");
        String body = "x".repeat(number("--body"));

        ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
        try (SqsAsyncClient client = SqsAsyncClient.builder()
                        .endpointOverride(URI.create(option("--endpoint")))
                        .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(inFlight))
                        .overrideConfiguration(all -> all.addExecutionInterceptor(new Counter()))
                        .build();
                SqsAsyncBatchManager manager = SqsAsyncBatchManager.builder()
                        .client(client)
                        .scheduledExecutor(timer)
                        .overrideConfiguration(all -> all.maxBatchSize(BATCH))
                        .build()) {
            sendAll(manager, queueUrl, body, messages / 10, inFlight);
            requests.set(0);
            long begin = System.nanoTime();
            long before = PROCESS.getProcessCpuTime();
            sendAll(manager, queueUrl, body, messages, inFlight);
            double cpu = PROCESS.getProcessCpuTime() - before;
            double seconds = (System.nanoTime() - begin) / 1e9;
            System.out.printf(
                    Locale.ROOT,
                    "{\"client\": \"java\", \"version\": \"%s\", \"messages\": %d, \"seconds\": %.3f, "
                            + "\"cpu_us_per_message\": %.2f, \"requests\": %d}%n",
                    VersionInfo.SDK_VERSION, messages, seconds, cpu / 1e3 / messages, requests.get());
        } finally {
            timer.shutdownNow();
        }
    }
}
