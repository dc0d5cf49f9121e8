// Command static sends an event and verifies a signature. It prints the service's id of the event, or the error.
//
//	HOOKRAIL_API_KEY=hk_… HOOKRAIL_BASE_URL=http://localhost:8080 static
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/hookrail/hookrail-go"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	client, err := hookrail.New()
	if err != nil {
		return err
	}
	defer client.Close()
	accepted, err := client.SendEvent(context.Background(), "order.paid", map[string]int{"total": 12})
	if err != nil {
		return err
	}
	payload := []byte(`{"total":12}`)
	header, err := hookrail.Sign("whsec_a", time.Now(), "D1", payload)
	if err != nil {
		return err
	}
	verifier, err := hookrail.NewVerifier([]string{"whsec_a"})
	if err != nil {
		return err
	}
	if _, err := verifier.Verify(header, "D1", payload); err != nil {
		return err
	}
	fmt.Println(accepted.EventID)
	return nil
}
