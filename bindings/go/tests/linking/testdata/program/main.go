// A program of another module that uses the package.
package main

import (
	"errors"
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
	client, err := hookrail.New(hookrail.WithAPIKey("k"), hookrail.WithBaseURL("http://127.0.0.1:9"))
	if err != nil {
		log.Fatal(err)
	}
	// The queue is ready for use before it refuses the blob.
	if _, err := client.SubmitPrepared(nil, nil); !errors.Is(err, hookrail.ErrDamagedBlob) {
		log.Fatal(err)
	}
	fmt.Println("verified with secret", verification.SecretIndex)
}
