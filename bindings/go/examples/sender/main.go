// Command sender sends one event and waits for its deliveries.
//
//	HOOKRAIL_API_KEY=hk_… HOOKRAIL_BASE_URL=http://localhost:8080 sender order.paid '{"order_id":"o_1"}'
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hookrail/hookrail-go"
)

// statusInterval is the interval between two questions for the event's deliveries.
const statusInterval = 100 * time.Millisecond

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatalf("usage: %s TOPIC PAYLOAD", os.Args[0])
	}
	// Ctrl-C ends the running call, and the error says what is known about the event.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1], json.RawMessage(os.Args[2])); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, topic string, payload json.RawMessage) error {
	client, err := hookrail.New()
	if err != nil {
		return err
	}
	defer client.Close()
	accepted, err := client.SendEvent(ctx, topic, payload)
	if err != nil {
		return explain(err)
	}
	fmt.Printf("recorded %s with %d deliveries\n", accepted.EventID, len(accepted.DeliveryIDs))
	return follow(ctx, client, accepted.EventID)
}

// explain adds a remedy to an error.
func explain(err error) error {
	var failure *hookrail.Error
	switch {
	case errors.As(err, &failure) && failure.Outcome == hookrail.OutcomeMaybeSent:
		return fmt.Errorf("%w\nIt may have been recorded: send it again with the idempotency key %s",
			err, failure.IdempotencyKey)
	case errors.Is(err, hookrail.ErrAuthentication):
		return fmt.Errorf("%w\nCheck HOOKRAIL_API_KEY", err)
	}
	return err
}

// follow prints the states of the deliveries until all are final.
func follow(ctx context.Context, client *hookrail.Client, eventID string) error {
	for {
		status, err := client.GetEvent(ctx, eventID)
		if err != nil {
			return err
		}
		if allFinal(status) {
			for _, delivery := range status.Deliveries {
				fmt.Printf("delivery %s: %s after %d attempts\n", delivery.ID, delivery.State, len(delivery.Attempts))
			}
			return nil
		}
		select {
		case <-time.After(statusInterval):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func allFinal(status *hookrail.EventStatus) bool {
	for _, delivery := range status.Deliveries {
		if !delivery.State.Final() {
			return false
		}
	}
	return true
}
