// Without arguments, shop sends an event and prints its id. With a signature, the id of a delivery and its body, it
// verifies the delivery.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/hookrail/hookrail-go"
)

func main() {
	if len(os.Args) == 4 {
		verify(os.Args[1], os.Args[2], os.Args[3])
		return
	}
	client, err := hookrail.New()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	accepted, err := client.SendEvent(context.Background(), "order.paid", map[string]string{"order_id": "o_1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(accepted.EventID)
}

func verify(signature, id, body string) {
	verifier, err := hookrail.NewVerifier([]string{"whsec_install"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := verifier.Verify(signature, id, []byte(body)); err != nil {
		log.Fatal(err)
	}
	fmt.Println("verified")
}
