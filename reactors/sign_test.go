package reactors

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	reference "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The vectors are those that the specification's own libraries are tested with.
func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		secret, id, body, signature string
		at                          int64
	}{
		{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 1614265330},
	} {
		s, err := ParseSecret(v.secret)
		require.NoError(t, err)
		require.Equal(t, v.secret, s.Text())
		require.Equal(t, v.signature, Signature(v.id, time.Unix(v.at, 0), []byte(v.body), s))
	}
}

// TestSignatureAgainstReference: the reference library accepts what is signed here, with each of several secrets, and nothing that was changed.
func TestSignatureAgainstReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		old, err := NewSecret(rand.Reader)
		require.NoError(t, err)
		next, err := NewSecret(rand.Reader)
		require.NoError(t, err)
		other, err := NewSecret(rand.Reader)
		require.NoError(t, err)
		id, body, now := rapid.StringMatching(`[0-9a-f-]{1,36}`).Draw(t, "id"), rapid.SliceOf(rapid.Byte()).Draw(t, "body"), time.Now()
		h := http.Header{}
		h.Set(HeaderID, id)
		h.Set(HeaderTime, strconv.FormatInt(now.Unix(), 10))
		h.Set(HeaderSignature, Signature(id, now, body, next, old))
		for _, s := range []Secret{old, next} {
			w, err := reference.NewWebhook(s.Text())
			require.NoError(t, err)
			require.NoError(t, w.Verify(body, h))
			require.Error(t, w.Verify(append(bytes.Clone(body), 0), h))
			changed := h.Clone()
			changed.Set(HeaderID, id+"0")
			require.Error(t, w.Verify(body, changed))
		}
		w, err := reference.NewWebhook(other.Text())
		require.NoError(t, err)
		require.Error(t, w.Verify(body, h))
	})
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	s, err := NewSecret(rand.Reader)
	require.NoError(t, err)
	marshalled, err := json.Marshal(map[string]any{"secret": s})
	require.NoError(t, err)
	secret := strings.TrimPrefix(s.Text(), secretPrefix)
	for _, shown := range []string{s.String(), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), string(marshalled), fmt.Sprint([]Secret{s}), fmt.Sprintf("%+v", struct{ S Secret }{s})} {
		require.NotContains(t, shown, secret)
		require.NotContains(t, shown, fmt.Sprint(s.key))
	}
	for _, text := range []string{"", "whsec_", secret, "whsec_" + secret[:20], "whsec_" + strings.Repeat("A", 88+4), "whsec_" + secret + "!", "Whsec_" + secret} {
		_, err := ParseSecret(text)
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), secret[:16])
	}
	again, err := ParseSecret(s.Text() + "\n")
	require.NoError(t, err)
	require.Equal(t, s.Text(), again.Text())
}
