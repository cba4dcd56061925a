// What checks.txt lists, by the AWS SDK for Go v2. Endpoint, keys and certificates come from the environment.
package main

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	account = "000000000000"
	unicode = "grüße €😀 <&>\"'\\ \t\r\n]]>"
	missing = "AWS.SimpleQueueService.NonExistentQueue"
)

var (
	ctx           = context.Background()
	endpoint      = os.Getenv("AWS_ENDPOINT_URL")
	other         = os.Getenv("OTHER_ACCOUNT")
	attributesMD5 = os.Getenv("ATTRIBUTES_MD5")
	queues        = sqs.NewFromConfig(settings())
	topics        = sns.NewFromConfig(settings())
	tokens        = sts.NewFromConfig(settings())
	otherKeys     = settingsOf(os.Getenv("OTHER_ACCESS_KEY_ID"), os.Getenv("OTHER_SECRET_ACCESS_KEY"), "")
	otherQueues   = sqs.NewFromConfig(otherKeys)
	otherTopics   = sns.NewFromConfig(otherKeys)
	url           = map[string]string{}
	topic         = map[string]string{}
	subscription  = map[string]string{}
	attributes    = map[string]types.MessageAttributeValue{
		"kind":  {DataType: aws.String("String"), StringValue: aws.String("grün")},
		"count": {DataType: aws.String("Number.int"), StringValue: aws.String("42")},
		"blob":  {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 254, 255}},
	}
)

func settings() aws.Config {
	return must(config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(1)))
}

func settingsOf(key, secret, token string) aws.Config {
	made := settings()
	made.Credentials = credentials.NewStaticCredentialsProvider(key, secret, token)
	return made
}

// A check fails by panic.
func check(name string, run func()) {
	defer func() {
		if why := recover(); why != nil {
			fmt.Printf("FAILED %s: %s\n", name, strings.Join(strings.Fields(fmt.Sprint(why)), " "))
		}
	}()
	run()
	fmt.Printf("ok %s\n", name)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func equal(what, wanted any) {
	if !reflect.DeepEqual(what, wanted) {
		panic(fmt.Sprintf("%#v instead of %#v", what, wanted))
	}
}

func holds(what bool) { equal(what, true) }

// The code, and with a pointer to one the type of the error.
func fails[T any](_ T, err error, code string) error {
	if err == nil {
		panic("it succeeded")
	}
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		panic(err)
	}
	equal(refused.ErrorCode(), code)
	return err
}

func isType[E error](err error) {
	var typed E
	if !errors.As(err, &typed) {
		panic(fmt.Sprintf("%T is not the type of: %v", typed, err))
	}
}

func hasStatus(err error, status int) {
	var response *smithyhttp.ResponseError
	holds(errors.As(err, &response))
	equal(response.HTTPStatusCode(), status)
}

func arn(name string) string { return "arn:aws:sqs:us-east-1:" + account + ":" + name }

func create(name string, attributes map[string]string) (*sqs.CreateQueueOutput, error) {
	return queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
}

func queue(name string, attributes map[string]string) string {
	return *must(create(name, attributes)).QueueUrl
}

func receive(name string, change func(*sqs.ReceiveMessageInput)) []types.Message {
	request := sqs.ReceiveMessageInput{QueueUrl: aws.String(url[name]), MaxNumberOfMessages: 10}
	if change != nil {
		change(&request)
	}
	return must(queues.ReceiveMessage(ctx, &request)).Messages
}

func remove(name string, one types.Message) {
	must(queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(url[name]), ReceiptHandle: one.ReceiptHandle}))
}

func take(name string, change func(*sqs.ReceiveMessageInput)) []types.Message {
	got := receive(name, change)
	for _, one := range got {
		remove(name, one)
	}
	return got
}

func asking(names ...types.MessageSystemAttributeName) func(*sqs.ReceiveMessageInput) {
	return func(request *sqs.ReceiveMessageInput) { request.MessageSystemAttributeNames = names }
}

func waiting(seconds int32) func(*sqs.ReceiveMessageInput) {
	return func(request *sqs.ReceiveMessageInput) { request.WaitTimeSeconds = seconds }
}

func hiding(seconds int32) func(*sqs.ReceiveMessageInput) {
	return func(request *sqs.ReceiveMessageInput) { request.VisibilityTimeout = seconds }
}

func bodies(messages []types.Message) []string {
	all := []string{}
	for _, one := range messages {
		all = append(all, *one.Body)
	}
	return all
}

func sorted(texts []string) []string {
	sort.Strings(texts)
	return texts
}

type envelope struct {
	Type, TopicArn, MessageId, Subject, Message string
	MessageAttributes                           map[string]struct{ Type, Value string }
}

func envelopesOf(name string) []envelope {
	all := []envelope{}
	for _, one := range take(name, nil) {
		var made envelope
		if err := json.Unmarshal([]byte(*one.Body), &made); err != nil {
			panic(err)
		}
		all = append(all, made)
	}
	return all
}

func messagesOf(name string) []string {
	all := []string{}
	for _, one := range envelopesOf(name) {
		all = append(all, one.Message)
	}
	return all
}

func attempt(name, body string, change func(*sqs.SendMessageInput)) (*sqs.SendMessageOutput, error) {
	request := sqs.SendMessageInput{QueueUrl: aws.String(url[name]), MessageBody: &body}
	if change != nil {
		change(&request)
	}
	return queues.SendMessage(ctx, &request)
}

func send(name, body string, change func(*sqs.SendMessageInput)) *sqs.SendMessageOutput {
	return must(attempt(name, body, change))
}

func inGroup(group, id string) func(*sqs.SendMessageInput) {
	return func(request *sqs.SendMessageInput) {
		request.MessageGroupId = &group
		if id != "" {
			request.MessageDeduplicationId = &id
		}
	}
}

func entries(texts ...string) []types.SendMessageBatchRequestEntry {
	all := []types.SendMessageBatchRequestEntry{}
	for at, text := range texts {
		all = append(all, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprintf("e%d", at)), MessageBody: &text})
	}
	return all
}

func sendBatch(of []types.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
	return queues.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(url["batch"]), Entries: of})
}

func queueAttributes(name string, names ...types.QueueAttributeName) map[string]string {
	return must(queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url[name]), AttributeNames: names})).Attributes
}

func setAttributes(name string, attributes map[string]string) (*sqs.SetQueueAttributesOutput, error) {
	return queues.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: aws.String(url[name]), Attributes: attributes})
}

func urlOf(client *sqs.Client, name string, owner *string) (*sqs.GetQueueUrlOutput, error) {
	return client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name, QueueOwnerAWSAccountId: owner})
}

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func main() {
	checkQueues()
	checkMessages()
	checkBatches()
	checkFifo()
	checkDeadLetters()
	checkTopics()
	checkFilters()
	checkAccess()
	fmt.Println("client go", os.Getenv("CLIENT_VERSION"))
}

func checkQueues() {
	of40 := map[string]string{"VisibilityTimeout": "40"}
	check("queue-create", func() {
		url["plain"] = queue("plain", of40)
		equal(url["plain"], endpoint+"/"+account+"/plain")
	})
	check("queue-create-same", func() { equal(queue("plain", of40), url["plain"]) })
	check("queue-create-differs", func() {
		made, err := create("plain", map[string]string{"VisibilityTimeout": "41"})
		isType[*types.QueueNameExists](fails(made, err, "QueueAlreadyExists"))
	})
	check("queue-create-bad-name", func() {
		made, err := create("a b", nil)
		fails(made, err, "InvalidParameterValue")
	})
	check("queue-url", func() { equal(*must(urlOf(queues, "plain", nil)).QueueUrl, url["plain"]) })
	check("queue-url-missing", func() {
		got, err := urlOf(queues, "missing", nil)
		isType[*types.QueueDoesNotExist](fails(got, err, missing))
		hasStatus(err, 400)
	})
	check("queue-list-pages", func() {
		made := []string{queue("page-a", nil), queue("page-b", nil), queue("page-c", nil)}
		pages, got := 0, []string{}
		request := sqs.ListQueuesInput{QueueNamePrefix: aws.String("page-"), MaxResults: aws.Int32(1)}
		for all := sqs.NewListQueuesPaginator(queues, &request); all.HasMorePages(); pages++ {
			got = append(got, must(all.NextPage(ctx)).QueueUrls...)
		}
		equal(pages, 3)
		equal(got, made)
	})
	check("queue-attributes", func() {
		must(setAttributes("plain", map[string]string{"VisibilityTimeout": "45"}))
		got := queueAttributes("plain", types.QueueAttributeNameAll)
		equal(got["VisibilityTimeout"], "45")
		equal(got["QueueArn"], arn("plain"))
		equal(got["MaximumMessageSize"], "1048576")
		equal(got["ApproximateNumberOfMessages"], "0")
	})
	check("queue-attribute-unknown", func() {
		answer, err := setAttributes("plain", map[string]string{"Nonsense": "1"})
		isType[*types.InvalidAttributeName](fails(answer, err, "InvalidAttributeName"))
	})
	check("queue-tags", func() {
		of := aws.String(url["plain"])
		must(queues.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: of, Tags: map[string]string{"team": "billing", "cost": "ä&b"}}))
		must(queues.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: of, TagKeys: []string{"team"}}))
		got := must(queues.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: of})).Tags
		equal(got, map[string]string{"cost": "ä&b"})
	})
}

func checkMessages() {
	check("send-md5", func() {
		sent := send("plain", "hello", nil)
		equal(*sent.MD5OfMessageBody, hexMD5("hello"))
		got := take("plain", nil)
		equal(bodies(got), []string{"hello"})
		equal(*got[0].MessageId, *sent.MessageId)
	})
	check("send-unicode", func() {
		send("plain", unicode, nil)
		equal(bodies(take("plain", nil)), []string{unicode})
	})
	check("send-attributes-md5", func() {
		sent := send("plain", "with", func(request *sqs.SendMessageInput) { request.MessageAttributes = attributes })
		equal(*sent.MD5OfMessageAttributes, attributesMD5)
	})
	named := func(name string) func(*sqs.ReceiveMessageInput) {
		return func(request *sqs.ReceiveMessageInput) {
			request.MessageAttributeNames = []string{name}
			request.VisibilityTimeout = 0
		}
	}
	// The SDK leaves out a VisibilityTimeout of 0: the message is shown again by hand.
	show := func(name string, one types.Message) {
		must(queues.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: aws.String(url[name]), ReceiptHandle: one.ReceiptHandle}))
	}
	check("receive-attributes", func() {
		got := receive("plain", named("All"))[0]
		show("plain", got)
		equal(got.MessageAttributes, attributes)
		equal(*got.MD5OfMessageAttributes, attributesMD5)
	})
	check("receive-attributes-named", func() {
		got := receive("plain", named("cou.*"))[0]
		show("plain", got)
		equal(got.MessageAttributes, map[string]types.MessageAttributeValue{"count": attributes["count"]})
	})
	check("receive-attributes-unasked", func() {
		got := take("plain", nil)[0]
		equal(len(got.MessageAttributes)+len(got.Attributes), 0)
	})
	check("receive-system-attributes", func() {
		before := time.Now()
		send("plain", "system", nil)
		got := take("plain", asking(types.MessageSystemAttributeNameAll))[0].Attributes
		equal(got["SenderId"], account)
		equal(got["ApproximateReceiveCount"], "1")
		sent := must(strconv.ParseInt(got["SentTimestamp"], 10, 64))
		holds(time.UnixMilli(sent).Sub(before).Abs() < time.Minute)
		holds(must(strconv.ParseInt(got["ApproximateFirstReceiveTimestamp"], 10, 64)) >= sent)
	})
	check("trace-header", func() {
		trace := "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
		sent := send("plain", "traced", func(request *sqs.SendMessageInput) {
			request.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
				"AWSTraceHeader": {DataType: aws.String("String"), StringValue: &trace}}
		})
		equal(*sent.MD5OfMessageSystemAttributes, "5ae4d5d7636402d80f4eb6d213245a88")
		got := take("plain", asking(types.MessageSystemAttributeNameAWSTraceHeader))[0].Attributes
		equal(got, map[string]string{"AWSTraceHeader": trace})
	})
	var seen types.Message
	check("visibility-hidden", func() {
		send("plain", "seen", nil)
		seen = receive("plain", nil)[0]
		equal(len(receive("plain", nil)), 0)
	})
	check("visibility-zero", func() {
		show("plain", seen)
		seen = receive("plain", asking(types.MessageSystemAttributeNameApproximateReceiveCount))[0]
		equal(seen.Attributes["ApproximateReceiveCount"], "2")
	})
	check("delete", func() {
		remove("plain", seen)
		got := queueAttributes("plain", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
		equal(got, map[string]string{"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"})
	})
	check("receipt-handle-invalid", func() {
		answer, err := queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(url["plain"]), ReceiptHandle: aws.String("garbage")})
		isType[*types.ReceiptHandleIsInvalid](fails(answer, err, "ReceiptHandleIsInvalid"))
	})
	check("send-illegal-character", func() {
		answer, err := attempt("plain", "a\u0001b", nil)
		isType[*types.InvalidMessageContents](fails(answer, err, "InvalidMessageContents"))
	})
	check("send-1-mib", func() {
		body := strings.Repeat("x", 1_048_576)
		send("plain", body, nil)
		holds(bodies(take("plain", nil))[0] == body)
	})
	check("send-too-long", func() {
		answer, err := attempt("plain", strings.Repeat("x", 1_048_577), nil)
		fails(answer, err, "InvalidParameterValue")
	})
	check("send-missing-queue", func() {
		url["missing"] = endpoint + "/" + account + "/missing"
		answer, err := attempt("missing", "lost", nil)
		isType[*types.QueueDoesNotExist](fails(answer, err, missing))
	})
	check("send-by-host-style-url", func() {
		for _, host := range []string{"queue.amazonaws.com", "us-east-1.queue.amazonaws.com", "sqs.us-east-1.amazonaws.com"} {
			url["styled"] = "https://" + host + "/" + account + "/plain"
			send("styled", host, nil)
			equal(bodies(take("plain", nil)), []string{host})
		}
	})
	check("delay", func() {
		send("plain", "much later", func(request *sqs.SendMessageInput) { request.DelaySeconds = 900 })
		equal(len(receive("plain", nil)), 0)
		send("plain", "later", func(request *sqs.SendMessageInput) { request.DelaySeconds = 1 })
		equal(bodies(take("plain", waiting(20))), []string{"later"})
	})
	check("long-poll-empty", func() {
		before := time.Now()
		equal(len(receive("plain", waiting(1))), 0)
		holds(time.Since(before) >= 990*time.Millisecond)
	})
	check("long-poll-wakes", func() {
		before := time.Now()
		woken := make(chan *sqs.ReceiveMessageOutput)
		go func() {
			got, _ := queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(url["plain"]), WaitTimeSeconds: 20})
			woken <- got
		}()
		send("plain", "wake", nil)
		got := <-woken
		equal(bodies(got.Messages), []string{"wake"})
		holds(time.Since(before) < 15*time.Second)
		remove("plain", got.Messages[0])
	})
}

func checkBatches() {
	var got []types.Message
	check("batch-send", func() {
		url["batch"] = queue("batch", nil)
		sent := must(sendBatch(entries("one", "two", "three")))
		equal(len(sent.Failed), 0)
		ids := []string{}
		for _, one := range sent.Successful {
			ids = append(ids, *one.Id)
		}
		equal(ids, []string{"e0", "e1", "e2"})
		equal(*sent.Successful[1].MD5OfMessageBody, hexMD5("two"))
	})
	check("batch-receive", func() {
		got = receive("batch", nil)
		equal(sorted(bodies(got)), []string{"one", "three", "two"})
	})
	check("batch-visibility", func() {
		changes := []types.ChangeMessageVisibilityBatchRequestEntry{}
		for at, one := range got {
			changes = append(changes, types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(fmt.Sprintf("c%d", at)), ReceiptHandle: one.ReceiptHandle})
		}
		answer := must(queues.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: aws.String(url["batch"]), Entries: changes}))
		equal(len(answer.Successful), 3)
		got = receive("batch", nil)
		equal(len(got), 3)
	})
	check("batch-delete", func() {
		of := []types.DeleteMessageBatchRequestEntry{}
		for at, one := range got {
			of = append(of, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprintf("d%d", at)), ReceiptHandle: one.ReceiptHandle})
		}
		of = append(of, types.DeleteMessageBatchRequestEntry{Id: aws.String("bad"), ReceiptHandle: aws.String("garbage")})
		answer := must(queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(url["batch"]), Entries: of}))
		equal(len(answer.Successful), 3)
		equal(*answer.Failed[0].Id+" "+*answer.Failed[0].Code, "bad ReceiptHandleIsInvalid")
	})
	check("batch-partial-failure", func() {
		answer := must(sendBatch(entries("good", "b\u0001d")))
		equal(*answer.Successful[0].Id, "e0")
		equal(len(answer.Failed), 1)
		equal(*answer.Failed[0].Id+" "+*answer.Failed[0].Code, "e1 InvalidMessageContents")
		holds(answer.Failed[0].SenderFault)
		equal(bodies(take("batch", nil)), []string{"good"})
	})
	batchFails := func(code string, of []types.SendMessageBatchRequestEntry) error {
		answer, err := sendBatch(of)
		return fails(answer, err, "AWS.SimpleQueueService."+code)
	}
	check("batch-empty", func() {
		isType[*types.EmptyBatchRequest](batchFails("EmptyBatchRequest", entries()))
	})
	check("batch-too-many", func() {
		of := entries("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
		isType[*types.TooManyEntriesInBatchRequest](batchFails("TooManyEntriesInBatchRequest", of))
	})
	check("batch-bad-id", func() {
		of := entries("x")
		of[0].Id = aws.String("a b")
		isType[*types.InvalidBatchEntryId](batchFails("InvalidBatchEntryId", of))
	})
	check("batch-same-ids", func() {
		of := append(entries("x"), entries("y")...)
		isType[*types.BatchEntryIdsNotDistinct](batchFails("BatchEntryIdsNotDistinct", of))
	})
	check("batch-too-long", func() {
		of := entries(strings.Repeat("x", 600_000), strings.Repeat("y", 600_000))
		isType[*types.BatchRequestTooLong](batchFails("BatchRequestTooLong", of))
	})
	purge := func() (*sqs.PurgeQueueOutput, error) {
		return queues.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: aws.String(url["batch"])})
	}
	check("purge", func() {
		must(sendBatch(entries("a", "b")))
		must(purge())
		equal(len(receive("batch", nil)), 0)
	})
	check("purge-again", func() {
		answer, err := purge()
		isType[*types.PurgeQueueInProgress](fails(answer, err, "AWS.SimpleQueueService.PurgeQueueInProgress"))
		hasStatus(err, 403)
	})
}

func checkFifo() {
	numbers := []string{}
	var got []types.Message
	check("fifo-create", func() {
		url["fifo"] = queue("plain.fifo", map[string]string{"FifoQueue": "true"})
		equal(queueAttributes("fifo", "FifoQueue", "ContentBasedDeduplication"),
			map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "false"})
	})
	check("fifo-send", func() {
		for _, body := range []string{"one", "two", "three"} {
			numbers = append(numbers, *send("fifo", body, inGroup("g", "id-"+body)).SequenceNumber)
		}
		holds(numbers[0] < numbers[1] && numbers[1] < numbers[2]) // all have 20 digits
		equal(len(numbers[0]), 20)
	})
	first := func(request *sqs.ReceiveMessageInput) {
		request.ReceiveRequestAttemptId = aws.String("first")
		request.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"All"}
	}
	check("fifo-order", func() {
		got = receive("fifo", first)
		equal(bodies(got), []string{"one", "two", "three"})
	})
	check("fifo-attributes", func() {
		of := got[1].Attributes
		equal(of["MessageGroupId"]+" "+of["MessageDeduplicationId"], "g id-two")
		equal(of["SequenceNumber"], numbers[1])
	})
	check("fifo-attempt", func() {
		again := receive("fifo", first)
		equal(len(again), 3)
		for at, one := range again {
			equal(*one.MessageId, *got[at].MessageId)
		}
		got = again
	})
	check("fifo-group-locked", func() {
		send("fifo", "four", inGroup("g", "four"))
		send("fifo", "other", inGroup("h", "other"))
		unlocked := receive("fifo", nil)
		equal(bodies(unlocked), []string{"other"})
		for _, one := range append(got, unlocked...) {
			remove("fifo", one)
		}
		equal(bodies(take("fifo", nil)), []string{"four"})
	})
	check("fifo-deduplication", func() {
		first, second := send("fifo", "same", inGroup("g", "same")), send("fifo", "another", inGroup("g", "same"))
		equal(*second.MessageId, *first.MessageId)
		equal(*second.SequenceNumber, *first.SequenceNumber)
		equal(bodies(take("fifo", nil)), []string{"same"})
	})
	check("fifo-content-deduplication", func() {
		url["content"] = queue("content.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
		first, second := send("content", "x", inGroup("g", "")), send("content", "x", inGroup("g", ""))
		equal(*second.MessageId, *first.MessageId)
		sum := sha256.Sum256([]byte("x"))
		equal(take("content", asking("MessageDeduplicationId"))[0].Attributes["MessageDeduplicationId"], hex.EncodeToString(sum[:]))
	})
	check("fifo-no-group", func() {
		answer, err := attempt("content", "x", nil)
		fails(answer, err, "MissingParameter")
	})
	check("fifo-no-deduplication-id", func() {
		answer, err := attempt("fifo", "x", inGroup("g", ""))
		fails(answer, err, "InvalidParameterValue")
	})
}

func checkDeadLetters() {
	var dead []types.Message
	check("dead-letter-move", func() {
		url["dead"] = queue("dead", nil)
		policy := `{"deadLetterTargetArn":"` + arn("dead") + `","maxReceiveCount":"1"}`
		url["source"] = queue("source", map[string]string{"RedrivePolicy": policy, "VisibilityTimeout": "0"})
		send("source", "poison", nil)
		equal(bodies(receive("source", nil)), []string{"poison"})
		equal(len(receive("source", nil)), 0)
		dead = receive("dead", asking("All"))
		equal(bodies(dead), []string{"poison"})
		must(queues.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: aws.String(url["dead"]), ReceiptHandle: dead[0].ReceiptHandle}))
	})
	check("dead-letter-source", func() { equal(dead[0].Attributes["DeadLetterQueueSourceArn"], arn("source")) })
	check("dead-letter-sources", func() {
		of := sqs.ListDeadLetterSourceQueuesInput{QueueUrl: aws.String(url["dead"])}
		equal(must(queues.ListDeadLetterSourceQueues(ctx, &of)).QueueUrls, []string{url["source"]})
	})
	check("dead-letter-redrive", func() {
		of := aws.String(arn("dead"))
		holds(*must(queues.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: of})).TaskHandle != "")
		got := receive("source", func(request *sqs.ReceiveMessageInput) {
			request.WaitTimeSeconds = 20
			request.VisibilityTimeout = 30
		})
		equal(bodies(got), []string{"poison"})
		remove("source", got[0])
		task := must(queues.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: of})).Results[0]
		equal(*task.Status, "COMPLETED")
		equal(task.ApproximateNumberOfMessagesMoved, int64(1))
	})
}

func letIn(name, source string) {
	must(setAttributes(name, map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*",
		"Condition":{"ArnEquals":{"aws:SourceArn":"` + source + `"}}}]}`}))
}

func subscribeQueue(name, to string, attributes map[string]string) string {
	return *must(topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: aws.String(topic[to]), Protocol: aws.String("sqs"), Endpoint: aws.String(arn(name)), Attributes: attributes})).SubscriptionArn
}

func setSubscription(name, attribute, value string) (*sns.SetSubscriptionAttributesOutput, error) {
	return topics.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{SubscriptionArn: aws.String(subscription[name]), AttributeName: &attribute, AttributeValue: &value})
}

func publish(to, message string, change func(*sns.PublishInput)) *sns.PublishOutput {
	request := sns.PublishInput{TopicArn: aws.String(topic[to]), Message: &message}
	if change != nil {
		change(&request)
	}
	return must(topics.Publish(ctx, &request))
}

func publishInGroup(message, id string) *sns.PublishOutput {
	return publish("fifo", message, func(request *sns.PublishInput) {
		request.MessageGroupId = aws.String("g")
		request.MessageDeduplicationId = &id
	})
}

func createTopic(client *sns.Client, name string, attributes map[string]string) string {
	return *must(client.CreateTopic(ctx, &sns.CreateTopicInput{Name: &name, Attributes: attributes})).TopicArn
}

func topicAttributes(name string) (*sns.GetTopicAttributesOutput, error) {
	return topics.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(topic[name])})
}

var raw = map[string]string{"RawMessageDelivery": "true"}

func checkTopics() {
	check("topic-create", func() {
		topic["news"] = createTopic(topics, "news", nil)
		equal(topic["news"], "arn:aws:sns:us-east-1:"+account+":news")
		equal(createTopic(topics, "news", nil), topic["news"])
	})
	check("topic-attributes", func() {
		of := sns.SetTopicAttributesInput{TopicArn: aws.String(topic["news"]), AttributeName: aws.String("DisplayName"), AttributeValue: aws.String("Nü<s>")}
		must(topics.SetTopicAttributes(ctx, &of))
		got := must(topicAttributes("news")).Attributes
		equal(got["DisplayName"]+" "+got["Owner"]+" "+got["TopicArn"], "Nü<s> "+account+" "+topic["news"])
	})
	check("subscribe", func() {
		for _, name := range []string{"wrapped", "raw"} {
			url[name] = queue(name, nil)
			letIn(name, topic["news"])
		}
		subscription["wrapped"] = subscribeQueue("wrapped", "news", nil)
		subscription["raw"] = subscribeQueue("raw", "news", raw)
		listed := []string{}
		of := sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic["news"])}
		for all := sns.NewListSubscriptionsByTopicPaginator(topics, &of); all.HasMorePages(); {
			for _, one := range must(all.NextPage(ctx)).Subscriptions {
				listed = append(listed, *one.SubscriptionArn)
			}
		}
		equal(sorted(listed), sorted([]string{subscription["wrapped"], subscription["raw"]}))
	})
	check("publish-envelope", func() {
		sent := publish("news", unicode, func(request *sns.PublishInput) {
			request.Subject = aws.String("Hi <you>")
			request.MessageAttributes = map[string]snstypes.MessageAttributeValue{}
			for name, one := range attributes {
				request.MessageAttributes[name] = snstypes.MessageAttributeValue{DataType: one.DataType, StringValue: one.StringValue, BinaryValue: one.BinaryValue}
			}
		})
		got := envelopesOf("wrapped")[0]
		equal(got.Type+" "+got.TopicArn+" "+got.MessageId, "Notification "+topic["news"]+" "+*sent.MessageId)
		equal(got.Message+got.Subject, unicode+"Hi <you>")
		equal(got.MessageAttributes["blob"].Type+got.MessageAttributes["blob"].Value, "BinaryAAH+/w==")
	})
	check("publish-raw", func() {
		got := take("raw", func(request *sqs.ReceiveMessageInput) { request.MessageAttributeNames = []string{"All"} })[0]
		equal(*got.Body, unicode)
		equal(got.MessageAttributes, attributes)
		equal(*got.MD5OfMessageAttributes, attributesMD5)
	})
	check("publish-structure", func() {
		publish("news", `{"default":"for all","sqs":"for queues"}`, func(request *sns.PublishInput) { request.MessageStructure = aws.String("json") })
		equal(bodies(take("raw", nil)), []string{"for queues"})
		equal(messagesOf("wrapped"), []string{"for queues"})
	})
	entry := func(id, message string) snstypes.PublishBatchRequestEntry {
		return snstypes.PublishBatchRequestEntry{Id: &id, Message: &message}
	}
	publishBatch := func(of ...snstypes.PublishBatchRequestEntry) (*sns.PublishBatchOutput, error) {
		return topics.PublishBatch(ctx, &sns.PublishBatchInput{TopicArn: aws.String(topic["news"]), PublishBatchRequestEntries: of})
	}
	check("publish-batch", func() {
		bad := entry("c", "C")
		bad.Subject = aws.String("new\nline")
		answer := must(publishBatch(entry("a", "A"), entry("b", "B"), bad))
		equal(*answer.Successful[0].Id+*answer.Successful[1].Id, "ab")
		equal(*answer.Failed[0].Id+" "+*answer.Failed[0].Code, "c InvalidParameter")
		holds(answer.Failed[0].SenderFault)
		equal(sorted(bodies(take("raw", nil))), []string{"A", "B"})
		equal(sorted(messagesOf("wrapped")), []string{"A", "B"})
	})
	check("publish-batch-same-ids", func() {
		answer, err := publishBatch(entry("a", "A"), entry("a", "B"))
		isType[*snstypes.BatchEntryIdsNotDistinctException](fails(answer, err, "BatchEntryIdsNotDistinct"))
	})
	check("publish-missing-topic", func() {
		answer, err := topics.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(topic["news"] + "-missing"), Message: aws.String("x")})
		isType[*snstypes.NotFoundException](fails(answer, err, "NotFound"))
		hasStatus(err, 404)
	})
}

func publishWith(name, kind string, values ...string) {
	for _, value := range values {
		publish("news", value, func(request *sns.PublishInput) {
			request.MessageAttributes = map[string]snstypes.MessageAttributeValue{name: {DataType: &kind, StringValue: &value}}
		})
	}
}

func checkFilters() {
	check("filter-attributes", func() {
		must(setSubscription("wrapped", "FilterPolicy", `{"kind":["order",{"prefix":"inv"}]}`))
		publishWith("kind", "String", "order", "refund", "invoice")
		equal(sorted(messagesOf("wrapped")), []string{"invoice", "order"})
		equal(sorted(bodies(take("raw", nil))), []string{"invoice", "order", "refund"})
	})
	check("filter-numbers", func() {
		must(setSubscription("wrapped", "FilterPolicy", `{"price":[{"numeric":[">=",10,"<",100]}]}`))
		publishWith("price", "Number", "9", "10", "99", "100")
		equal(sorted(messagesOf("wrapped")), []string{"10", "99"})
		equal(len(take("raw", nil)), 4)
	})
	check("filter-body", func() {
		must(setSubscription("wrapped", "FilterPolicyScope", "MessageBody"))
		must(setSubscription("wrapped", "FilterPolicy", `{"order":{"state":["paid"]}}`))
		publish("news", `{"order":{"state":"open"}}`, nil)
		publish("news", `{"order":{"state":"paid"}}`, nil)
		equal(messagesOf("wrapped"), []string{`{"order":{"state":"paid"}}`})
		equal(len(take("raw", nil)), 2)
	})
	check("filter-invalid", func() {
		answer, err := setSubscription("wrapped", "FilterPolicy", `{"kind": "no list"}`)
		isType[*snstypes.InvalidParameterException](fails(answer, err, "InvalidParameter"))
	})
	check("subscription-dead-letters", func() {
		url["closed"] = queue("closed", nil) // without a policy: nobody is let in
		letIn("dead", topic["news"])
		policy := `{"deadLetterTargetArn":"` + arn("dead") + `"}`
		subscribeQueue("closed", "news", map[string]string{"RawMessageDelivery": "true", "RedrivePolicy": policy})
		publish("news", "refused", nil)
		equal(bodies(take("dead", nil)), []string{"refused"})
		take("raw", nil)
	})
	check("unsubscribe", func() {
		must(topics.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: aws.String(subscription["raw"])}))
		publish("news", "nobody hears", nil)
		equal(len(receive("raw", nil)), 0)
	})
	check("topic-fifo", func() {
		topic["fifo"] = createTopic(topics, "news.fifo", map[string]string{"FifoTopic": "true"})
		letIn("fifo", topic["fifo"])
		subscribeQueue("plain.fifo", "fifo", raw)
		first, second := publishInGroup("one", "one"), publishInGroup("two", "two")
		holds(*first.SequenceNumber < *second.SequenceNumber)
		got := take("fifo", asking("MessageGroupId"))
		equal(bodies(got), []string{"one", "two"})
		equal(got[0].Attributes["MessageGroupId"], "g")
	})
	check("topic-fifo-deduplication", func() {
		publishInGroup("again", "one")
		equal(len(receive("fifo", nil)), 0)
	})
	check("topic-delete", func() {
		must(topics.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: aws.String(topic["fifo"])}))
		answer, err := topicAttributes("fifo")
		isType[*snstypes.NotFoundException](fails(answer, err, "NotFound"))
	})
}

func checkAccess() {
	check("identity", func() {
		got := must(tokens.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
		equal(*got.Account+" "+*got.Arn, account+" arn:aws:iam::"+account+":root")
	})
	check("assume-role", func() {
		of := sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/worker"), RoleSessionName: aws.String("test")}
		given := must(tokens.AssumeRole(ctx, &of)).Credentials
		as := settingsOf(*given.AccessKeyId, *given.SecretAccessKey, *given.SessionToken)
		who := must(sts.NewFromConfig(as).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
		equal(*who.Arn, "arn:aws:sts::"+account+":assumed-role/worker/test")
		equal(*must(urlOf(sqs.NewFromConfig(as), "plain", nil)).QueueUrl, url["plain"])
	})
	sendAsOther := func(body string) (*sqs.SendMessageOutput, error) {
		return otherQueues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(url["plain"]), MessageBody: &body})
	}
	check("other-account-url-denied", func() {
		answer, err := urlOf(otherQueues, "plain", aws.String(account))
		isType[*types.QueueDoesNotExist](fails(answer, err, missing))
	})
	check("other-account-send-denied", func() {
		answer, err := sendAsOther("x")
		hasStatus(fails(answer, err, "AccessDenied"), 403)
	})
	check("other-account-url", func() {
		must(queues.AddPermission(ctx, &sqs.AddPermissionInput{QueueUrl: aws.String(url["plain"]), Label: aws.String("other"),
			AWSAccountIds: []string{other}, Actions: []string{"SendMessage", "GetQueueUrl"}}))
		equal(*must(urlOf(otherQueues, "plain", aws.String(account))).QueueUrl, url["plain"])
	})
	check("other-account-send", func() {
		must(sendAsOther("from afar"))
		answer, err := otherQueues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(url["plain"])})
		fails(answer, err, "AccessDenied")
		got := take("plain", asking("SenderId"))[0]
		equal(*got.Body+" "+got.Attributes["SenderId"], "from afar "+other)
	})
	check("other-account-denied-again", func() {
		must(queues.RemovePermission(ctx, &sqs.RemovePermissionInput{QueueUrl: aws.String(url["plain"]), Label: aws.String("other")}))
		answer, err := sendAsOther("x")
		fails(answer, err, "AccessDenied")
	})
	check("other-account-topic", func() {
		foreign := createTopic(otherTopics, "foreign", nil)
		equal(foreign, "arn:aws:sns:us-east-1:"+other+":foreign")
		letIn("plain", foreign)
		must(otherTopics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: &foreign, Protocol: aws.String("sqs"), Endpoint: aws.String(arn("plain")), Attributes: raw}))
		must(otherTopics.Publish(ctx, &sns.PublishInput{TopicArn: &foreign, Message: aws.String("across")}))
		equal(bodies(take("plain", nil)), []string{"across"})
	})
	refusedBoth := func(key, secret, code string) {
		as := settingsOf(key, secret, "")
		listed, err := sqs.NewFromConfig(as).ListQueues(ctx, &sqs.ListQueuesInput{})
		hasStatus(fails(listed, err, code), 403)
		all, err := sns.NewFromConfig(as).ListTopics(ctx, &sns.ListTopicsInput{})
		hasStatus(fails(all, err, code), 403)
	}
	check("wrong-secret", func() { refusedBoth("test", "wrong", "SignatureDoesNotMatch") })
	check("unknown-key", func() { refusedBoth("nobody", "test", "InvalidClientTokenId") })
	check("queue-delete", func() {
		must(queues.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(url["plain"])}))
		answer, err := urlOf(queues, "plain", nil)
		isType[*types.QueueDoesNotExist](fails(answer, err, missing))
	})
}
