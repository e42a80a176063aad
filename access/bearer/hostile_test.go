package bearer_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"daybook.internal/access"
	"daybook.internal/access/bearer"
	"daybook.internal/domain"
)

// noon is when all of this happens.
var noon = time.Unix(1_800_000_000, 0)

func now() time.Time { return noon }

type object = map[string]any

func part(v any) string {
	if text, ok := v.(string); ok {
		return base64.RawURLEncoding.EncodeToString([]byte(text))
	}
	text, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(text)
}

// token signs a header and a payload, which may be text, with a key of any kind.
func token(t testing.TB, header, payload any, key any) string {
	t.Helper()
	text := part(header) + "." + part(payload)
	var signature []byte
	switch key := key.(type) {
	case nil:
	case ed25519.PrivateKey:
		signature = ed25519.Sign(key, []byte(text))
	case *rsa.PrivateKey:
		sum := sha256.Sum256([]byte(text))
		var err error
		signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		require.NoError(t, err)
	case []byte:
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		signature = h.Sum(nil)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// provider is an OpenID provider with two keys.
type provider struct {
	*httptest.Server
	ed      ed25519.PrivateKey
	rsa     *rsa.PrivateKey
	fetched atomic.Int32
	down    atomic.Bool
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{}
	var err error
	_, p.ed, err = ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	p.rsa, err = rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.fetched.Add(1)
		if p.down.Load() {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			_ = json.NewEncoder(w).Encode(object{"issuer": p.URL, "jwks_uri": p.URL + "/keys", "authorization_endpoint": p.URL, "token_endpoint": p.URL})
		case "/keys":
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
				{Key: p.ed.Public(), KeyID: "ed", Algorithm: "EdDSA", Use: "sig"}, {Key: p.rsa.Public(), KeyID: "rsa", Algorithm: "RS256", Use: "sig"},
			}})
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) policy(t testing.TB) bearer.Policy {
	t.Helper()
	policy, err := bearer.ParsePolicy([]byte(`{"issuer":"` + p.URL + `","audience":"daybook","person":"sub","grants":[
		{"claim":"/realm_access/roles","value":"clerk","role":"tallyClerk","edition":"ed_1","dialogueFrom":"dialogue"},
		{"claim":"scope","value":"audit","role":"auditor"}]}`))
	require.NoError(t, err)
	return policy
}

func (p *provider) verifier(t testing.TB) bearer.Verifier {
	t.Helper()
	return bearer.NewProvider(p.policy(t), []byte(strings.Repeat("s", 32)), now)
}

func (p *provider) payload() object {
	return object{"iss": p.URL, "aud": []string{"other", "daybook"}, "sub": "ada@example.org", "iat": noon.Unix() - 10, "nbf": noon.Unix() - 10, "exp": noon.Unix() + 300,
		"realm_access": object{"roles": []string{"clerk", "unrelated"}}, "dialogue": []string{"FR", "DE"}, "scope": "openid audit"}
}

func with(o object, name string, v any) object {
	o = maps.Clone(o)
	if o[name] = v; v == nil {
		delete(o, name)
	}
	return o
}

func TestGoodTokens(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	v := p.verifier(t)
	for _, good := range []string{
		token(t, object{"alg": "EdDSA", "kid": "ed", "typ": "at+jwt"}, p.payload(), p.ed),
		token(t, object{"alg": "RS256", "kid": "rsa"}, p.payload(), p.rsa),
	} {
		who, err := v.Verify(t.Context(), good)
		require.NoError(t, err)
		require.Equal(t, bearer.Pseudonym([]byte(strings.Repeat("s", 32)), p.URL, "ada@example.org"), who.Subject, "the same person in every token")
		require.NotContains(t, who.Subject, "ada")
		require.Equal(t, []access.Grant{
			{Role: domain.TallyClerk, Edition: "ed_1", Dialogue: "FR"}, {Role: domain.TallyClerk, Edition: "ed_1", Dialogue: "DE"}, {Role: domain.Auditor},
		}, who.Grants)
	}
	require.EqualValues(t, 2, p.fetched.Load(), "keys are kept")
	who, err := v.Verify(t.Context(), token(t, object{"alg": "EdDSA", "kid": "ed"}, with(p.payload(), "dialogue", nil), p.ed))
	require.NoError(t, err)
	require.Equal(t, []access.Grant{{Role: domain.Auditor}}, who.Grants, "a claim that is not there grants nothing, and never everything")
	skewed := with(with(p.payload(), "exp", noon.Unix()-29), "nbf", noon.Unix()+29)
	_, err = v.Verify(t.Context(), token(t, object{"alg": "EdDSA", "kid": "ed"}, skewed, p.ed))
	require.NoError(t, err, "within the skew")
}

// Every hostile token is refused, whatever else is right about it.
func TestHostileTokens(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	v := p.verifier(t)
	ed, good := object{"alg": "EdDSA", "kid": "ed"}, p.payload()
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(p.rsa.Public())
	require.NoError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	whole, _ := json.Marshal(good)
	signed := token(t, ed, good, p.ed)
	mine := jose.JSONWebKey{Key: stranger.Public(), KeyID: "ed"}
	for name, hostile := range map[string]string{
		"no algorithm":                   token(t, object{"alg": "none", "kid": "ed"}, good, nil),
		"no algorithm, in capitals":      token(t, object{"alg": "NONE", "kid": "ed"}, good, nil),
		"none with a signature":          token(t, object{"alg": "none", "kid": "ed"}, good, p.ed),
		"no signature":                   token(t, ed, good, nil),
		"HS256 with the public key":      token(t, object{"alg": "HS256", "kid": "rsa"}, good, public),
		"HS256 with its DER":             token(t, object{"alg": "HS256", "kid": "rsa"}, good, der),
		"HS256 with the Ed25519 key":     token(t, object{"alg": "HS256", "kid": "ed"}, good, []byte(p.ed.Public().(ed25519.PublicKey))),
		"EdDSA that says RS256":          token(t, object{"alg": "RS256", "kid": "rsa"}, good, p.ed),
		"RSA under the kid of Ed25519":   token(t, object{"alg": "RS256", "kid": "ed"}, good, p.rsa),
		"somebody else's key":            token(t, ed, good, stranger),
		"another kid":                    token(t, object{"alg": "EdDSA", "kid": "other"}, good, p.ed),
		"no kid":                         token(t, object{"alg": "EdDSA"}, good, p.ed),
		"brings its key along":           token(t, object{"alg": "EdDSA", "kid": "ed", "jwk": mine}, good, stranger),
		"says where its key is":          token(t, object{"alg": "EdDSA", "kid": "ed", "jku": "https://evil.example/keys"}, good, stranger),
		"critical":                       token(t, object{"alg": "EdDSA", "kid": "ed", "crit": []string{"b64"}, "b64": false}, good, p.ed),
		"an ID of a logout":              token(t, object{"alg": "EdDSA", "kid": "ed", "typ": "logout+jwt"}, good, p.ed),
		"wrong issuer":                   token(t, ed, with(good, "iss", "https://evil.example"), p.ed),
		"issuer with a slash":            token(t, ed, with(good, "iss", p.URL+"/"), p.ed),
		"no issuer":                      token(t, ed, with(good, "iss", nil), p.ed),
		"wrong audience":                 token(t, ed, with(good, "aud", "another"), p.ed),
		"no audience":                    token(t, ed, with(good, "aud", nil), p.ed),
		"part of the audience":           token(t, ed, with(good, "aud", "daybook other"), p.ed),
		"expired":                        token(t, ed, with(good, "exp", noon.Unix()-30), p.ed),
		"without end":                    token(t, ed, with(good, "exp", nil), p.ed),
		"an end in words":                token(t, ed, with(good, "exp", "tomorrow"), p.ed),
		"an end beyond all time":         token(t, ed, with(good, "exp", 1e300), p.ed),
		"not yet valid":                  token(t, ed, with(good, "nbf", noon.Unix()+31), p.ed),
		"issued in the future":           token(t, ed, with(good, "iat", noon.Unix()+31), p.ed),
		"of nobody":                      token(t, ed, with(good, "sub", nil), p.ed),
		"of a number":                    token(t, ed, with(good, "sub", 7), p.ed),
		"changed after it was signed":    strings.Join([]string{part(ed), part(with(good, "scope", "audit everything")), strings.Split(signed, ".")[2]}, "."),
		"oversized":                      token(t, ed, with(good, "fill", strings.Repeat("x", bearer.MaxToken)), p.ed),
		"a member twice":                 token(t, ed, strings.Replace(string(whole), `{`, `{"sub":"bo@example.org",`, 1), p.ed),
		"a member twice, in capitals":    token(t, ed, strings.Replace(string(whole), `{`, `{"SUB":"bo@example.org",`, 1), p.ed),
		"a member twice, deep":           token(t, ed, strings.Replace(string(whole), `"realm_access":{`, `"realm_access":{"roles":["admin"],`, 1), p.ed),
		"a header member twice":          token(t, `{"alg":"none","alg":"EdDSA","kid":"ed"}`, good, p.ed),
		"no object":                      token(t, ed, `["sub"]`, p.ed),
		"going on behind its end":        token(t, ed, string(whole)+`{}`, p.ed),
		"too deep":                       token(t, ed, `{"a":`+strings.Repeat("[", 2000)+strings.Repeat("]", 2000)+`}`, p.ed),
		"no UTF-8":                       token(t, ed, strings.Replace(string(whole), "openid", "\xff", 1), p.ed),
		"padded":                         signed + "=",
		"an empty signature":             part(ed) + "." + part(good) + ".",
		"two signatures":                 `{"payload":"` + part(good) + `","signatures":[{"protected":"` + part(ed) + `","signature":"` + strings.Split(signed, ".")[2] + `"}]}`,
		"encrypted":                      signed + ".a.b",
		"garbage":                        "garbage",
		"dots":                           "..",
		"nothing":                        "",
		"lines":                          signed + "\nX-Evil: 1",
		"of the built-in issuer's shape": token(t, ed, with(with(good, "iss", bearer.BuiltinIssuer), "aud", bearer.BuiltinIssuer), p.ed),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who, err := v.Verify(t.Context(), hostile)
			var refused *bearer.Refusal
			require.ErrorAs(t, err, &refused, "%v", err)
			require.Zero(t, who)
			require.NotContains(t, err.Error(), "ada")
		})
	}
}

// Tokens with unknown keys do not make the provider fetch more than once in a while, and a provider that is away is nobody's fault.
func TestTheProviderIsAskedSeldom(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	at := noon
	v := bearer.NewProvider(p.policy(t), nil, func() time.Time { return at })
	for range 50 {
		_, err := v.Verify(t.Context(), token(t, object{"alg": "EdDSA", "kid": "unknown"}, p.payload(), p.ed))
		require.Error(t, err)
	}
	require.EqualValues(t, 2, p.fetched.Load(), "the discovery, and the keys once")
	at = at.Add(11 * time.Second)
	p.down.Store(true)
	require.Eventually(t, func() bool { // for an instant a fetch that has ended still answers whoever asks
		_, err := v.Verify(t.Context(), token(t, object{"alg": "EdDSA", "kid": "unknown"}, p.payload(), p.ed))
		return errors.Is(err, bearer.ErrAway)
	}, time.Minute, time.Millisecond)
	_, err := v.Verify(t.Context(), token(t, object{"alg": "EdDSA", "kid": "ed"}, p.payload(), p.ed))
	require.NoError(t, err, "the keys that are known are kept")

	fresh := bearer.NewProvider(p.policy(t), nil, now)
	_, err = fresh.Verify(t.Context(), token(t, object{"alg": "EdDSA", "kid": "ed"}, p.payload(), p.ed))
	require.ErrorIs(t, err, bearer.ErrAway)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = v.Verify(gone, token(t, object{"alg": "EdDSA", "kid": "nobody"}, p.payload(), p.ed))
	require.Error(t, err)
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	good := `{"issuer":"https://login.example.org","audience":"daybook","grants":[{"claim":"roles","value":"x","role":"coordinator"}]}`
	p, err := bearer.ParsePolicy([]byte(good))
	require.NoError(t, err)
	require.Equal(t, "sub", p.Person)
	for name, bad := range map[string]string{
		"no object": `[]`, "a member twice": `{"issuer":"a","issuer":"b"}`, "an unknown member": strings.Replace(good, `{`, `{"audiences":1,`, 1),
		"no audience": strings.Replace(good, `"daybook"`, `""`, 1), "in plain": strings.Replace(good, "https", "http", 1), "no issuer": strings.Replace(good, "https://login.example.org", "", 1),
		"no grants": `{"issuer":"https://login.example.org","audience":"daybook","grants":[]}`, "a skew of an hour": strings.Replace(good, `{`, `{"skew":"1h",`, 1),
		"a dialogue role without one": strings.Replace(good, `"coordinator"`, `"nationalPartner"`, 1), "the notary": strings.Replace(good, `"coordinator"`, `"notary"`, 1),
		"both ways": strings.Replace(good, `"coordinator"`, `"coordinator","edition":"e","editionFrom":"e"`, 1), "an empty value": strings.Replace(good, `"x"`, `""`, 1),
	} {
		_, err := bearer.ParsePolicy([]byte(bad))
		require.Error(t, err, name)
	}
}

func TestBuiltinIssuer(t *testing.T) {
	t.Parallel()
	d := bearer.Dir(filepath.Join(t.TempDir(), "access"))
	require.False(t, d.HasIssuer())
	v, err := bearer.New(d, nil, now)
	require.NoError(t, err)
	grant := access.Grant{Role: domain.NationalPartner, Dialogue: "FR"}
	issued, as, made, err := d.Issue("ada", []access.Grant{grant}, noon, time.Hour)
	require.NoError(t, err)
	require.True(t, made)
	require.True(t, d.HasIssuer())
	info, err := os.Stat(filepath.Join(string(d), "issuer.key"))
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	who, err := v.Verify(t.Context(), issued)
	require.NoError(t, err)
	require.Equal(t, access.Principal{Subject: "ada", Grants: []access.Grant{grant}}, who)

	other := bearer.Dir(filepath.Join(t.TempDir(), "access"))
	foreign, _, _, err := other.Issue("ada", []access.Grant{grant}, noon, time.Hour)
	require.NoError(t, err)
	late, _, made, err := d.Issue("ada", []access.Grant{grant}, noon.Add(-2*time.Hour), time.Hour)
	require.NoError(t, err)
	require.False(t, made)
	early, _, _, err := d.Issue("ada", []access.Grant{grant}, noon.Add(time.Hour), time.Hour)
	require.NoError(t, err)
	parts := strings.Split(issued, ".")
	for name, hostile := range map[string]string{
		"another daybook's": foreign, "expired": late, "of the future": early, "without its signature": parts[0] + "." + parts[1] + ".",
		"with another's claims": parts[0] + "." + strings.Split(late, ".")[1] + "." + parts[2],
	} {
		_, err := v.Verify(t.Context(), hostile)
		var refused *bearer.Refusal
		require.ErrorAs(t, err, &refused, name)
	}

	all, err := d.Tokens()
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.NoError(t, d.RevokeToken(as.ID))
	require.NoError(t, d.RevokeToken(as.ID), "once more changes nothing")
	_, err = v.Verify(t.Context(), issued)
	require.ErrorContains(t, err, "revoked")
	require.ErrorIs(t, d.RevokeToken("aaaaaaaaaaaaaaaa"), os.ErrNotExist)
	require.Error(t, d.RevokeToken("../issuer.key"))

	for _, wrong := range []struct {
		subject string
		grants  []access.Grant
		ttl     time.Duration
	}{
		{"Ada Lovelace", []access.Grant{grant}, time.Hour}, {"ada", nil, time.Hour}, {"ada", []access.Grant{{Role: domain.NationalPartner}}, time.Hour},
		{"ada", []access.Grant{grant}, 0}, {"ada", []access.Grant{grant}, 100 * 24 * time.Hour},
	} {
		_, _, _, err := d.Issue(wrong.subject, wrong.grants, noon, wrong.ttl)
		require.Error(t, err, wrong)
	}
	require.NoError(t, os.Chmod(filepath.Join(string(d), "issuer.key"), 0o644))
	_, _, _, err = d.Issue("ada", []access.Grant{grant}, noon, time.Hour)
	require.ErrorContains(t, err, "read by others")
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	d := bearer.Dir(filepath.Join(t.TempDir(), "access"))
	v, err := bearer.New(d, nil, now)
	require.NoError(t, err)
	key, as, err := d.AddKey("The Daily Example", noon)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(key, "db_live_"+as.ID+"_"))
	who, err := v.Verify(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, access.Principal{Consumer: as.ID}, who)
	stored, err := os.ReadFile(filepath.Join(string(d), "apikeys", as.ID+".json"))
	require.NoError(t, err)
	require.NotContains(t, string(stored), strings.TrimPrefix(key, "db_live_"+as.ID+"_"))
	last := "A"
	if strings.HasSuffix(key, "A") {
		last = "B"
	}
	for name, bad := range map[string]string{
		"another secret": key[:len(key)-1] + last, "another id": strings.Replace(key, as.ID, "aaaaaaaaaaaaaaaa", 1), "a path": "db_live_../issuer_x", "no secret": "db_live_" + as.ID + "_", "no id": "db_live_",
		"its digest": "db_live_" + as.ID + "_" + as.SHA256, "oversized": key + strings.Repeat("x", bearer.MaxToken),
	} {
		_, err := v.Verify(t.Context(), bad)
		var refused *bearer.Refusal
		require.True(t, errors.As(err, &refused), name)
	}
	require.NoError(t, d.RevokeKey(as.ID))
	_, err = v.Verify(t.Context(), key)
	require.Error(t, err)
	all, err := d.Keys()
	require.NoError(t, err)
	require.True(t, all[0].Revoked)
	_, _, err = d.AddKey("", noon)
	require.Error(t, err)
}

// With a provider, our own tokens are taken only where the policy says so.
func TestBothIssuers(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	d := bearer.Dir(filepath.Join(t.TempDir(), "access"))
	own, _, _, err := d.Issue("ada", []access.Grant{{Role: domain.Coordinator}}, noon, time.Hour)
	require.NoError(t, err)
	theirs := token(t, object{"alg": "EdDSA", "kid": "ed"}, p.payload(), p.ed)
	policy := p.policy(t)
	for _, builtin := range []bool{false, true} {
		policy.Builtin = builtin
		v, err := bearer.New(d, &policy, now)
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), own)
		require.Equal(t, builtin, err == nil)
		_, err = v.Verify(t.Context(), theirs)
		require.NoError(t, err)
	}
	alone, err := bearer.New(d, nil, now)
	require.NoError(t, err)
	_, err = alone.Verify(t.Context(), theirs)
	require.ErrorContains(t, err, "issuer")
}

// Whatever comes, the reader neither panics nor believes: nothing but what was signed passes.
func FuzzToken(f *testing.F) {
	d := bearer.Dir(filepath.Join(f.TempDir(), "access"))
	good, _, _, err := d.Issue("ada", []access.Grant{{Role: domain.Coordinator}}, noon, time.Hour)
	require.NoError(f, err)
	v, err := bearer.New(d, nil, now)
	require.NoError(f, err)
	parts := strings.Split(good, ".")
	for _, seed := range []string{
		good, good + ".", parts[0] + "..", "..", "db_live_a_b", parts[0] + "." + parts[1] + ".", token(f, object{"alg": "none", "kid": "x"}, object{"iss": "daybook"}, nil),
		token(f, `{"alg":"EdDSA","kid":"x","kid":"y"}`, `{"iss":"daybook"}`, nil), strings.ToUpper(good), part(`{"a":`+strings.Repeat("[", 100)) + ".e30.",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, credential string) {
		who, err := v.Verify(context.Background(), credential)
		if err == nil && credential != good {
			t.Fatalf("believed: %q as %+v", credential, who)
		}
		var refused *bearer.Refusal
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("not a refusal: %v", err)
		}
	})
}
