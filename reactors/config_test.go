package reactors

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

const (
	secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secretURL  = "https://hooks.example.org/services/T0KEN?key=K3Y"
)

// writeConfig writes a configuration, and beside it the files that it may name.
func writeConfig(t testing.TB, text string) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"reactors.json": text, "press.secret": secretText + "\n", "bad.secret": secretText[:12], "url": secretURL + "\n", "bad.url": "https://user:T0KEN@example.org/",
		"not.url": "https://ex ample/T0KEN\x01", "ca.pem": "nothing", "nats.creds": "x",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return filepath.Join(dir, "reactors.json")
}

func env(name string) (string, bool) { return secretText, name == "PRESS_SECRET" }

func read(t testing.TB, text string) ([]Receiver, error) {
	return Source{Path: writeConfig(t, text), Env: env}.Read()
}

func TestConfig(t *testing.T) {
	t.Parallel()
	all, err := read(t, `{
		"webhooks": [
			{"name": "press", "url": "https://press.example.org/daybook", "secretFiles": ["press.secret"]},
			{"name": "intern-1", "urlFile": "url", "secretEnv": "PRESS_SECRET", "types": ["recommendation-*", "ballot-cast.v1"], "editions": ["ed_1"], "from": "now",
			 "allow": ["10.2.0.9/16"], "timeout": "5s", "attempts": 3, "refusals": 2, "first": "2s", "longest": "1m", "perSecond": 10, "redirects": 1}
		],
		"brokers": [{"name": "bus", "nats": {"url": "tls://nats.example.org:4222", "subject": "daybook.{type}", "credentialsFile": "nats.creds"}}]
	}`)
	require.NoError(t, err)
	require.Len(t, all, 3)
	press, intern, bus := all[0], all[1], all[2]
	require.Equal(t, []any{"press", "webhook", "https://press.example.org", false, 10 * time.Second, 20, 8, time.Second, time.Hour, 0},
		[]any{press.Name, press.Kind, press.To, press.Now, press.Within, press.Attempts, press.Refusals, press.First, press.Longest, press.PerSecond})
	require.Equal(t, []any{"intern-1", "webhook", "https://hooks.example.org", true, 5 * time.Second, 3, 2, 2 * time.Second, time.Minute, 10},
		[]any{intern.Name, intern.Kind, intern.To, intern.Now, intern.Within, intern.Attempts, intern.Refusals, intern.First, intern.Longest, intern.PerSecond})
	require.Equal(t, []any{"bus", "broker", "tls://nats.example.org:4222", 0, 30 * time.Second}, []any{bus.Name, bus.Kind, bus.To, bus.Attempts, bus.Longest})
	require.NotContains(t, fmt.Sprintf("%+v %#v", all, all), "T0KEN")

	meta := func(edition domain.EditionID) []byte {
		m, err := domain.EncodeMeta(domain.Meta{Source: edition, Time: 1, Actor: domain.Actor{Role: domain.Auditor, Principal: "a"}, Command: "c"})
		require.NoError(t, err)
		return m
	}
	for typ, editions := range map[string][2]bool{
		"ballot-cast.v1": {true, false}, "recommendation-drafted.v1": {true, false}, "recommendation-of-tomorrow.v9": {true, false}, "ballot-voided.v1": {false, false}, "xballot-cast.v1": {false, false},
	} {
		for i, edition := range []domain.EditionID{"ed_1", "ed_2"} {
			e := ledger.Entry{Record: domain.Record{Type: typ, Meta: meta(edition)}}
			require.Equal(t, editions[i], intern.Pick(e), "%s of %s", typ, edition)
			require.True(t, press.Pick(e))
		}
	}
	none, err := read(t, `{}`)
	require.NoError(t, err)
	require.Empty(t, none)
}

// TestConfigRefused: what cannot be right is refused before anything is sent, with the name of the receiver, and without a secret.
func TestConfigRefused(t *testing.T) {
	t.Parallel()
	hook := func(members string) string {
		return `{"webhooks": [{"name": "press", "url": "https://a.example/x", "secretFiles": ["press.secret"], ` + members + `}]}`
	}
	broker := func(nats string) string { return `{"brokers": [{"name": "bus", "nats": ` + nats + `}]}` }
	for text, want := range map[string]string{
		``:                                     "EOF",
		`{} {}`:                                "behind its end",
		`[]`:                                   "cannot unmarshal",
		`{"webhook": []}`:                      "unknown field",
		`{"Webhooks": []}`:                     `member "Webhooks" stands twice, or in other letters`,
		`{"webhooks": [], "webhooks":[]}`:      `member "webhooks" stands twice`,
		`{"webhooks": [{}]}`:                   `webhook "": a name is 1 to 64 small letters`,
		`{"webhooks": [{"name": "Press"}]}`:    "a name is 1 to 64 small letters",
		`{"webhooks": [{"name": "a"}]}`:        `webhook "a": either url or urlFile`,
		hook(`"url": "https://b.example"`):     `member "url" stands twice`,
		hook(`"Timeout": "1s"`):                `member "Timeout" stands twice, or in other letters`,
		hook(`"timeout": "1 s"`):               "is no duration",
		hook(`"timeout": 5`):                   "cannot unmarshal",
		hook(`"timeout": "2m"`):                "timeout is at most 1m0s",
		hook(`"timeout": "-1s"`):               "timeout is at most 1m0s",
		hook(`"first": "1h", "longest": "1m"`): "in ascending order",
		hook(`"longest": "25h"`):               "at most 24h",
		hook(`"from": "yesterday"`):            `"beginning", or "now"`,
		hook(`"types": ["recomendation-*"]`):   "no event has a type like",
		hook(`"types": ["["]`):                 "is no pattern",
		hook(`"editions": ["a/b"]`):            "editions: ",
		hook(`"allow": ["10.0.0.1"]`):          "is no network",
		hook(`"attempts": -1`):                 "attempts and refusals",
		hook(`"attempts": 1001`):               "attempts and refusals",
		hook(`"refusals": -1`):                 "attempts and refusals",
		hook(`"perSecond": -1`):                "perSecond",
		hook(`"redirects": 6`):                 "redirects",
		hook(`"caFile": "ca.pem"`):             "holds no certificate",
		hook(`"caFile": "none.pem"`):           "no such file",
		hook(`"urlFile": "url"`):               "either url or urlFile",
		`{"webhooks": [{"name": "a", "urlFile": "bad.url", "secretFiles": ["press.secret"]}]}`:                "a user, a password or a fragment",
		`{"webhooks": [{"name": "a", "urlFile": "not.url", "secretFiles": ["press.secret"]}]}`:                "its address is https://",
		`{"webhooks": [{"name": "a", "urlFile": "none", "secretFiles": ["press.secret"]}]}`:                   "no such file",
		`{"webhooks": [{"name": "a", "url": "https://u:T0KEN@a.example/", "secretFiles": ["press.secret"]}]}`: "a user, a password or a fragment",
		`{"webhooks": [{"name": "a", "url": "https://a.example/?key=K3Y", "secretFiles": ["press.secret"]}]}`: "write the url to a file",
		`{"webhooks": [{"name": "a", "url": "https://a.example/#T0KEN", "secretFiles": ["press.secret"]}]}`:   "fragment",
		`{"webhooks": [{"name": "a", "url": "http://a.example/", "secretFiles": ["press.secret"]}]}`:          "http without TLS goes to networks in",
		`{"webhooks": [{"name": "a", "url": "ftp://a.example/", "secretFiles": ["press.secret"]}]}`:           "its address is https://",
		`{"webhooks": [{"name": "a", "url": "https:a.example", "secretFiles": ["press.secret"]}]}`:            "its address is https://",
		`{"webhooks": [{"name": "a", "url": "https://:443/", "secretFiles": ["press.secret"]}]}`:              "its address is https://",
		`{"webhooks": [{"name": "a", "url": "https://a.example/"}]}`:                                          "secretFiles or secretEnv says",
		`{"webhooks": [{"name": "a", "url": "https://a.example/", "secretFiles": ["bad.secret"]}]}`:           "bad.secret: it is no secret of a webhook",
		`{"webhooks": [{"name": "a", "url": "https://a.example/", "secretFiles": ["."]}]}`:                    "is no file of at most",
		`{"webhooks": [{"name": "a", "url": "https://a.example/", "secretEnv": "NO_SECRET"}]}`:                "there is no $NO_SECRET in the environment",
		`{"brokers": [{"name": "bus"}]}`:                                                      "nats says which broker",
		broker(`{"url": "nats://u:T0KEN@a.example:4222", "subject": "x"}`):                    "a user or a password; credentialsFile",
		broker(`{"url": "http://a.example:4222", "subject": "x"}`):                            "its url is nats://",
		broker(`{"url": "nats://a.example:4222", "subject": ""}`):                             "subject is tokens",
		broker(`{"url": "nats://a.example:4222", "subject": "a.*"}`):                          "subject is tokens",
		broker(`{"url": "nats://a.example:4222", "subject": "a..b"}`):                         "subject is tokens",
		broker(`{"url": "nats://a.example:4222", "subject": "a", "credentialsFile": "none"}`): "no such file",
		`{"webhooks": [{"name": "a", "url": "https://a.example/", "secretFiles": ["press.secret"]}], "brokers": [{"name": "a", "nats": {"url": "nats://a.example", "subject": "a"}}]}`: `broker "a": a name is`,
	} {
		_, err := read(t, text)
		require.ErrorContains(t, err, want, text)
		for _, secret := range []string{"T0KEN", "K3Y", secretText[6:14]} {
			require.NotContains(t, err.Error(), secret, text)
		}
	}
	_, err := Source{Path: filepath.Join(t.TempDir(), "none.json")}.Read()
	require.ErrorIs(t, err, os.ErrNotExist)
}

// FuzzConfig: no file makes the reader panic, and what is read twice is read the same.
func FuzzConfig(f *testing.F) {
	f.Add(`{"webhooks": [{"name": "press", "url": "https://press.example.org/daybook", "secretFiles": ["press.secret"]}]}`)
	f.Add(`{"brokers": [{"name": "bus", "nats": {"url": "nats://nats.example.org:4222", "subject": "daybook.{type}"}}]}`)
	f.Add(`{"webhooks":[{"name":"a","name":"b"}]}`)
	path := writeConfig(f, "{}")
	secret, err := NewSecret(rand.Reader)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		s := Source{Path: filepath.Join(t.TempDir(), "reactors.json"), Env: func(string) (string, bool) { return secret.Text(), true }}
		require.NoError(t, os.WriteFile(s.Path, []byte(strings.ReplaceAll(text, `"press.secret"`, fmt.Sprintf("%q", filepath.Join(filepath.Dir(path), "press.secret")))), 0o600))
		all, err := s.Read()
		if err != nil {
			require.NotContains(t, err.Error(), secret.Text()[6:])
			return
		}
		seen := map[string]bool{}
		for _, r := range all {
			require.False(t, seen[r.Name])
			seen[r.Name] = true
			require.NotEmpty(t, r.To)
			require.NoError(t, r.Close())
		}
	})
}
