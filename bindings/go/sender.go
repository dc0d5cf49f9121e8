//go:build cgo

package hookrail

import "context"

// Sender sends an event and waits until it is recorded. [Client] implements it, and so does the Recorder of package
// hookrailtest: code that takes a Sender can be tested without a service.
type Sender interface {
	SendEvent(ctx context.Context, topic string, payload any, opts ...SendOption) (*Accepted, error)
}

// Submitter queues events. [Client] implements it, and so does the Recorder of package hookrailtest.
type Submitter interface {
	Submit(topic string, payload any, results chan<- *Submission, opts ...SendOption) (*Submission, error)
}

var (
	_ Sender    = (*Client)(nil)
	_ Submitter = (*Client)(nil)
)

// FinishedSubmission makes a Submission that has its result, for your own fake of a [Submitter]. The options give it its
// keys and its tag. Its error is err, also if it is not an [*Error].
func FinishedSubmission(topic string, accepted *Accepted, err error, opts ...SendOption) *Submission {
	config := newSendConfig(opts)
	event := submittedEvent{topic: topic, tag: config.tag}
	if config.idempotencyKey != nil {
		event.idempotencyKey = *config.idempotencyKey
	} else if accepted != nil {
		event.idempotencyKey = accepted.IdempotencyKey
	}
	if config.orderingKey != nil {
		event.orderingKey = *config.orderingKey
	}
	done := make(chan struct{})
	close(done)
	return &Submission{event: event, done: done, accepted: accepted, err: err}
}
