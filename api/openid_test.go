package api_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/access/bearer"
)

// openID is a provider whose keys can be changed, and which can be away.
type openID struct {
	*httptest.Server
	mu   sync.Mutex
	keys map[string]ed25519.PrivateKey // by kid
	away bool
}

func newOpenID(t *testing.T) *openID {
	t.Helper()
	p := &openID{keys: map[string]ed25519.PrivateKey{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.away {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/.well-known/openid-configuration" {
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": p.URL, "jwks_uri": p.URL + "/keys", "authorization_endpoint": p.URL, "token_endpoint": p.URL})
			return
		}
		keys := []map[string]string{}
		for kid, key := range p.keys {
			keys = append(keys, map[string]string{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": b64(key.Public().(ed25519.PublicKey))})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": keys})
	}))
	t.Cleanup(p.Close)
	p.add(t, "spring")
	return p
}

func (p *openID) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *openID) add(t *testing.T, kid string) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	p.change(func() { p.keys[kid] = key })
	return key
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwt signs claims with a header; sign is the signature of what stands before it.
func jwt(header string, claims map[string]any, sign func([]byte) []byte) string {
	payload, _ := json.Marshal(claims)
	text := b64([]byte(header)) + "." + b64(payload)
	return "Bearer " + text + "." + b64(sign([]byte(text)))
}

func by(key ed25519.PrivateKey) func([]byte) []byte {
	return func(text []byte) []byte { return ed25519.Sign(key, text) }
}

// People of an OpenID provider act over HTTP in the roles that the policy gives them. What is not the provider's, or not for this daybook, or not of today, is refused: nothing is
// written, it is counted, and no log has who it was.
func TestOpenIDOverHTTP(t *testing.T) {
	t.Parallel()
	p := newOpenID(t)
	var clock sync.Mutex
	now := time.Now()
	g := newGate(t, func(n *node) {
		policy, err := bearer.ParsePolicy([]byte(`{"issuer":"` + p.URL + `","audience":"daybook","person":"sub","grants":[
			{"claim":"/realm_access/roles","value":"office","role":"coordinator","edition":"ed_demo"},{"claim":"scope","value":"audit","role":"auditor"}]}`))
		require.NoError(t, err)
		n.Auth, err = bearer.New(bearer.Dir(t.TempDir()+"/access"), &policy, func() time.Time {
			clock.Lock()
			defer clock.Unlock()
			return now
		})
		require.NoError(t, err)
	})
	claims := map[string]any{"iss": p.URL, "aud": "daybook", "sub": "ada@example.org", "iat": now.Unix() - 10, "nbf": now.Unix() - 10, "exp": now.Unix() + 3600,
		"realm_access": map[string]any{"roles": []string{"office"}}}
	with := func(name string, value any) map[string]any {
		c := maps.Clone(claims)
		c[name] = value
		return c
	}
	spring := p.keys["spring"]
	header := func(kid string) string { return `{"alg":"EdDSA","kid":"` + kid + `"}` }
	named := func(id string) string { return strings.Replace(topic, "t-new", id, 1) }

	good := jwt(header("spring"), claims, by(spring))
	got := g.as(good, "add-topic", "o1", named("t-1"))
	require.Equal(t, http.StatusCreated, got.StatusCode, "%s", got.body)
	event := g.get("/v1/events/" + at("END"))
	require.Contains(t, string(event.body), "coordinator:u_")
	require.NotContains(t, string(event.body), "ada@", "the record has a pseudonym")
	requireProblem(t, g.as(jwt(header("spring"), with("realm_access", map[string]any{"roles": []string{"guest"}}), by(spring)), "add-topic", "o2", named("t-2")), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(jwt(header("spring"), with("scope", "openid audit"), by(spring)), "add-topic", "o3", named("t-3"), "Daybook-Actor", "auditor"), http.StatusForbidden, "forbidden")

	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(spring.Public())
	require.NoError(t, err)
	hmacOf := func(secret []byte) func([]byte) []byte {
		return func(text []byte) []byte {
			h := hmac.New(sha256.New, secret)
			h.Write(text)
			return h.Sum(nil)
		}
	}
	size := g.get("/v1/events?after=" + at("END")).body
	for name, hostile := range map[string]string{
		"no algorithm":                      jwt(`{"alg":"none","kid":"spring"}`, claims, func([]byte) []byte { return nil }),
		"the public key as a secret":        jwt(`{"alg":"HS256","kid":"spring"}`, claims, hmacOf(spring.Public().(ed25519.PublicKey))),
		"the public key as a secret, PKIX":  jwt(`{"alg":"HS256","kid":"spring"}`, claims, hmacOf(public)),
		"a stranger's key":                  jwt(header("spring"), claims, by(stranger)),
		"a key that nobody has":             jwt(header("autumn"), claims, by(stranger)),
		"another issuer":                    jwt(header("spring"), with("iss", "https://elsewhere.example"), by(spring)),
		"for somebody else":                 jwt(header("spring"), with("aud", "other"), by(spring)),
		"expired":                           jwt(header("spring"), with("exp", now.Unix()-3600), by(spring)),
		"not yet":                           jwt(header("spring"), with("nbf", now.Unix()+3600), by(spring)),
		"nobody":                            jwt(header("spring"), with("sub", ""), by(spring)),
		"with a key of its own":             jwt(`{"alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"`+b64(stranger.Public().(ed25519.PublicKey))+`"}}`, claims, by(stranger)),
		"changed after it was signed":       good[:len(good)-8] + "AAAAAAAA",
		"not a token":                       "Bearer ada",
		"of the server's own kind, made up": jwt(`{"alg":"EdDSA"}`, map[string]any{"iss": "daybook", "sub": "u_x", "grants": []any{}}, by(stranger)),
	} {
		got := g.as(hostile, "add-topic", "h-"+strings.ReplaceAll(name, " ", "-"), named("t-h"))
		requireProblem(t, got, http.StatusUnauthorized, "invalid-token")
		require.Contains(t, got.Header.Get("WWW-Authenticate"), "Bearer", name)
	}
	require.Equal(t, size, g.get("/v1/events?after="+at("END")).body, "nothing was written")
	require.NotContains(t, g.log.String(), "ada", "no log has who it was")
	require.NotContains(t, g.log.String(), strings.TrimPrefix(good, "Bearer ")[:40], "nor what they showed")

	autumn := p.add(t, "autumn")
	later := func(d time.Duration) {
		clock.Lock()
		defer clock.Unlock()
		now = now.Add(d)
	}
	later(time.Minute)
	got = g.as(jwt(header("autumn"), claims, by(autumn)), "add-topic", "o4", named("t-4"))
	require.Equal(t, http.StatusCreated, got.StatusCode, "a new key is found: %s", got.body)
	p.change(func() { p.away = true })
	later(time.Minute)
	got = g.as(good, "add-topic", "o5", named("t-5"))
	require.Equal(t, http.StatusCreated, got.StatusCode, "keys that are known stay: %s", got.body)
	require.Eventually(t, func() bool { // whether a key is new can be told by nobody
		return g.as(jwt(header("winter"), claims, by(stranger)), "add-topic", "o6", named("t-6")).StatusCode == http.StatusServiceUnavailable
	}, time.Minute, time.Millisecond)
	p.change(func() { p.away = false })
	winter := p.add(t, "winter")
	later(time.Minute)
	require.Eventually(t, func() bool {
		return g.as(jwt(header("winter"), claims, by(winter)), "add-topic", "o6", named("t-6")).StatusCode == http.StatusCreated
	}, time.Minute, time.Millisecond, "back again")
}
