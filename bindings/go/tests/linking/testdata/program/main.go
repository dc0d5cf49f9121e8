// A program of another module that uses the package.
package main

import (
	"fmt"
	"log"
	"time"

	"github.com/hookrail/hookrail-go"
)

func main() {
	const id = "01JXAMPLEDELIVERYID0000000"
	body := []byte(`{"order_id":"o_1"}`)
	signature, err := hookrail.Sign("whsec_x", time.Now(), id, body)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := hookrail.NewVerifier([]string{"whsec_x"})
	if err != nil {
		log.Fatal(err)
	}
	verification, err := verifier.Verify(signature, id, body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("verified with secret", verification.SecretIndex)
}
