package reactors

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// A Secret signs what one receiver gets, and who has it can check, and make, such signatures. It is printed nowhere but in its file.
type Secret struct{ key []byte }

// The form of a secret, and how many bytes it has, by the Standard Webhooks specification (https://github.com/standard-webhooks/standard-webhooks, 1.0.0).
const (
	secretPrefix = "whsec_"
	minSecret    = 24
	maxSecret    = 64
	newSecret    = 32
)

// NewSecret makes a secret of random bytes.
func NewSecret(random io.Reader) (Secret, error) {
	key := make([]byte, newSecret)
	if _, err := io.ReadFull(random, key); err != nil {
		return Secret{}, fmt.Errorf("make a secret: %w", err)
	}
	return Secret{key}, nil
}

// ParseSecret reads the text of a secret: whsec_ and base64 of 24 to 64 bytes. The error does not repeat it.
func ParseSecret(t string) (Secret, error) {
	t, ok := strings.CutPrefix(strings.TrimSpace(t), secretPrefix)
	key, err := base64.StdEncoding.Strict().DecodeString(t)
	if !ok || err != nil || len(key) < minSecret || len(key) > maxSecret {
		return Secret{}, errors.New("it is no secret of a webhook: " + secretPrefix + " and base64 of 24 to 64 bytes; 'daybook webhook secret' makes one")
	}
	return Secret{key}, nil
}

// Text is what stands in the file of a secret.
func (s Secret) Text() string { return secretPrefix + base64.StdEncoding.EncodeToString(s.key) }

// String tells nothing, and neither does GoString.
func (s Secret) String() string { return "(a secret)" }

// GoString tells nothing.
func (s Secret) GoString() string { return s.String() }

// The headers of a delivery, by the same specification, and one of ours.
const (
	HeaderID        = "Webhook-Id"
	HeaderTime      = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
	HeaderSeq       = "Daybook-Seq" // the event's place in the ledger, which its receipt proves: GET /v1/receipts/{seq}
)

// Signature is the value of HeaderSignature: for each secret, v1, and base64 of HMAC-SHA256(id "." seconds since 1970 "." body), separated by blanks. Several are for the time
// in which a receiver changes its secret.
func Signature(id string, at time.Time, body []byte, secrets ...Secret) string {
	var b strings.Builder
	for i, s := range secrets {
		if i > 0 {
			b.WriteByte(' ')
		}
		h := hmac.New(sha256.New, s.key)
		h.Write([]byte(id))
		h.Write([]byte{'.'})
		h.Write(strconv.AppendInt(nil, at.Unix(), 10))
		h.Write([]byte{'.'})
		h.Write(body)
		b.WriteString("v1,")
		b.WriteString(base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return b.String()
}
