package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// The constants that every program verifies with.
const (
	Secret     = "whsec_3q2-8rTf0mWb7yLkXc9vNs5hJd1gZp4a"
	DeliveryID = "01JCD5W2Q9M5V8B2C7E4G6J0KP"
)

// Signature returns the value of hookrail-signature for a body that is delivered now.
func Signature(body []byte) string {
	now := time.Now().Unix()
	mac := hmac.New(sha256.New, []byte(Secret))
	fmt.Fprintf(mac, "%d.%s.", now, DeliveryID)
	mac.Write(body)
	return fmt.Sprintf("t=%d,v1=%s", now, hex.EncodeToString(mac.Sum(nil)))
}
