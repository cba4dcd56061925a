// SendMessageBatch by the AWS SDK for Go v2: goroutines that share one client.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const batch = 10

var (
	endpoint = flag.String("endpoint", "", "the endpoint's `URL`")
	queueURL = flag.String("queue-url", "", "the queue's `URL`")
	messages = flag.Int("messages", 0, "how many messages")
	inFlight = flag.Int("in-flight", 0, "how many requests at once")
	size     = flag.Int("body", 0, "bytes of a message")
)

func send(ctx context.Context, client *sqs.Client, body string, count int) error {
	entries := make([]types.SendMessageBatchRequestEntry, count)
	for i := range entries {
		entries[i] = types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: &body}
	}
	answer, err := client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: queueURL, Entries: entries})
	if err != nil {
		return err
	}
	if len(answer.Failed) > 0 {
		one := answer.Failed[0]
		return fmt.Errorf("a message was refused: %s: %s", aws.ToString(one.Code), aws.ToString(one.Message))
	}
	if len(answer.Successful) != count {
		return fmt.Errorf("%d of %d messages were accepted", len(answer.Successful), count)
	}
	return nil
}

// sendAll gives the number of requests.
func sendAll(ctx context.Context, client *sqs.Client, body string, total int) int64 {
	var next, requests atomic.Int64
	var workers sync.WaitGroup
	for range *inFlight {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				start := int(next.Add(batch)) - batch
				if start >= total {
					return
				}
				if err := send(ctx, client, body, min(batch, total-start)); err != nil {
					log.Fatal(err)
				}
				requests.Add(1)
			}
		}()
	}
	workers.Wait()
	return requests.Load()
}

// cpuTime is the user and system time of all threads of this process.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/aws/aws-sdk-go-v2/service/sqs" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("go: ")
	flag.Parse()
	if *endpoint == "" || *queueURL == "" || *messages <= 0 || *inFlight <= 0 || *size <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx := context.Background()
	body := strings.Repeat("x", *size)

	// Ten idle connections are the default: those of more goroutines would be closed after each request. Without a
	// limit to all of them, some requests open a new one just before another gets idle.
	connections := awshttp.NewBuildableClient().WithTransportOptions(func(all *http.Transport) {
		all.MaxIdleConns = *inFlight
		all.MaxIdleConnsPerHost = *inFlight
		all.MaxConnsPerHost = *inFlight
	})
	settings, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(connections))
	if err != nil {
		log.Fatal(err)
	}
	client := sqs.NewFromConfig(settings, func(options *sqs.Options) { options.BaseEndpoint = endpoint })

	sendAll(ctx, client, body, *messages/10)
	begin, before := time.Now(), cpuTime()
	requests := sendAll(ctx, client, body, *messages)
	seconds, used := time.Since(begin).Seconds(), cpuTime()-before

	figures := struct {
		Client   string  `json:"client"`
		Version  string  `json:"version"`
		Messages int     `json:"messages"`
		Seconds  float64 `json:"seconds"`
		CPU      float64 `json:"cpu_us_per_message"`
		Requests int64   `json:"requests"`
	}{
		"go", version(), *messages, math.Round(seconds*1e3) / 1e3,
		math.Round(float64(used.Microseconds())/float64(*messages)*100) / 100, requests,
	}
	if err := json.NewEncoder(os.Stdout).Encode(figures); err != nil {
		log.Fatal(err)
	}
}
